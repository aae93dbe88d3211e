/** @file Walks over a graph with an explicit stack: forward plus backward of a deep model would overflow a recursive visit. */
import type { Node } from "./operation.ts";
import type { Tensor } from "./tensor.ts";

/** The tensors that a node is computed from; a composite may be looked at as one box or through its body. */
export type Dependencies = (node: Node) => readonly Tensor[];

/** A composite's body, a primitive's inputs: what the meaning of a node rests on. */
export const throughBodies: Dependencies = (node) => node.body ?? node.inputs;

/** Every tensor that `roots` depend on and the roots themselves, each after what it depends on. */
export function topological(
  roots: readonly Tensor[],
  dependencies: Dependencies,
  stopAt: (tensor: Tensor) => boolean = () => false,
): Tensor[] {
  const order: Tensor[] = [];
  const state = new Map<Tensor, "open" | "done">();
  const stack = [...roots].reverse();
  while (stack.length > 0) {
    const tensor = stack[stack.length - 1];
    if (!state.has(tensor)) {
      state.set(tensor, "open");
      if (!tensor.origin || stopAt(tensor)) continue;
      for (const input of dependencies(tensor.origin)) if (!state.has(input)) stack.push(input);
    } else {
      stack.pop();
      if (state.get(tensor) === "done") continue;
      state.set(tensor, "done");
      order.push(tensor);
    }
  }
  return order;
}
