/**
 * @file Reverse-mode differentiation as a transform from graph to graph: the gradient of a loss is a graph of the same
 * operations, so forward and backward together are one graph that a runtime compiles as a whole.
 */
import { UserError } from "../errors.ts";
import { formatShape, topological } from "../graph/index.ts";
import type { Dependencies, Node, Tensor } from "../graph/index.ts";
import { add, ones, zeros } from "../ops/index.ts";

/** A composite without a gradient of its own is differentiated through its body. */
const differentiated: Dependencies = (node) =>
  node.operation.gradient ? node.inputs : (node.body ?? node.inputs);

/**
 * d(loss)/d(x) for each `x` of `wrt`, with the shape of `x`; `torch.autograd.grad`.
 * A tensor that the loss does not depend on gets zeros.
 */
export function gradients(loss: Tensor, wrt: readonly Tensor[]): Tensor[] {
  if (loss.size !== 1) {
    throw new UserError(
      `gradients: expected a loss of one element, got shape ${formatShape(loss.shape)}. Take its mean or sum.`,
    );
  }
  const wanted = new Set(wrt);
  const order = topological([loss], differentiated);
  const needed = dependents(order, wanted);
  const dys = new Map<Tensor, Tensor>([[loss, ones(loss.shape)]]);
  for (const node of nodesOf(order.filter((x) => needed.has(x))).reverse()) {
    propagate(node, dys, needed);
  }
  return wrt.map((x) => dys.get(x) ?? zeros(x.shape));
}

/** The nodes of `order`, each where its first output stands: after it come all that use any of its outputs. */
function nodesOf(order: readonly Tensor[]): Node[] {
  return [...new Set(order.flatMap(({ origin }) => origin ?? []))];
}

/** The tensors on a path from one of `wanted`. */
function dependents(order: readonly Tensor[], wanted: ReadonlySet<Tensor>): Set<Tensor> {
  const found = new Set<Tensor>();
  for (const tensor of order) {
    const { origin } = tensor;
    if (wanted.has(tensor)) found.add(tensor);
    else if (origin && differentiated(origin).some((x) => found.has(x))) found.add(tensor);
  }
  return found;
}

function propagate(node: Node, dys: Map<Tensor, Tensor>, needed: ReadonlySet<Tensor>): void {
  const { gradient } = node.operation;
  const incoming = node.outputs.map((output) => dys.get(output));
  if (gradient === "none" || incoming.every((dy) => !dy)) return;
  const targets = differentiated(node);
  const dxs = gradient ? gradient(incoming, node) : incoming;
  for (const [index, dx] of dxs.entries()) {
    const x = targets[index];
    if (!dx || dx === "none" || !needed.has(x)) continue;
    const sum = dys.get(x);
    dys.set(x, sum ? (addInto(sum, dx) ?? addInto(dx, sum) ?? add(sum, dx)) : dx);
  }
}

/** `sum + dx` by the operation that made `dx`, where that has a cheaper way: an embedding's rows go straight into the sum. */
function addInto(sum: Tensor, dx: Tensor): Tensor | undefined {
  return dx.origin?.operation.addTo?.(sum, dx.origin);
}
