/**
 * @file The reference interpreter: the definition of what a graph means. It runs each primitive's reference kernel
 * in order, in one thread, and lets go of intermediate numbers as soon as nothing needs them.
 */
import { UserError } from "../errors.ts";
import type { Allocate, Values } from "./operation.ts";
import { Parameter } from "./parameter.ts";
import { Constant, Input, sizeOf } from "./tensor.ts";
import type { NumericArray, Tensor } from "./tensor.ts";
import { throughBodies, topological } from "./traversal.ts";

export type Precision = "float32" | "float64";

export interface EvaluateOptions {
  /** Numbers for the graph's inputs. */
  readonly feeds?: ReadonlyMap<Tensor, NumericArray>;
  /** Precision of float results; float64 serves finite differences. */
  readonly precision?: Precision;
}

/** The numbers of `roots`, evaluated now. */
export function evaluate(roots: readonly Tensor[], options: EvaluateOptions = {}): Values[] {
  const remembered = options.precision === "float64" ? undefined : memory;
  const recall = (tensor: Tensor) => options.feeds?.get(tensor) ?? remembered?.recall(tensor)?.data;
  const order = topological(roots, throughBodies, (tensor) => recall(tensor) !== undefined);
  const uses = countUses(order, roots);
  const results = new Map<Tensor, Values>();
  const allocate = allocator(options.precision ?? "float32");
  for (const tensor of order) {
    const known = recall(tensor);
    if (known) results.set(tensor, { shape: tensor.shape, dtype: tensor.dtype, data: known });
    else if (!tensor.origin) results.set(tensor, leafValues(tensor));
    else if (!results.has(tensor)) run(tensor, results, allocate); // else with its node's other outputs
    release(tensor, results, uses);
  }
  return roots.map((root) => results.get(root)!);
}

/**
 * A tensor's numbers, remembered until a parameter that they came from changes.
 * The array is shared: treat it as read-only.
 */
export function values(tensor: Tensor): NumericArray {
  const known = memory.recall(tensor);
  if (known) return known.data;
  const [{ data }] = evaluate([tensor]);
  if (tensor.origin) memory.remember(tensor, data);
  return data;
}

/** The number in a tensor of one element. */
export function item(tensor: Tensor): number {
  if (tensor.size !== 1) {
    throw new UserError(`item: expected a tensor of one element, got ${tensor.size} elements.`);
  }
  return values(tensor)[0];
}

function run(tensor: Tensor, results: Map<Tensor, Values>, allocate: Allocate): void {
  const node = tensor.origin!;
  if (node.body) {
    results.set(tensor, results.get(node.body[tensor.outputIndex])!);
    return;
  }
  const inputs = node.inputs.map((input) => results.get(input)!);
  const outputs = node.operation.reference!(inputs, node.attributes, allocate);
  for (const [index, output] of outputs.entries()) results.set(node.outputs[index], output);
}

function leafValues(tensor: Tensor): Values {
  const { shape, dtype } = tensor;
  if (tensor instanceof Constant || tensor instanceof Parameter) {
    return { shape, dtype, data: tensor.data };
  }
  const label = tensor instanceof Input ? ` "${tensor.label}"` : "";
  throw new UserError(
    `evaluate: expected numbers for input${label}, got none. Inputs have numbers only inside a compiled function.`,
  );
}

function allocator(precision: Precision): Allocate {
  const Floats = precision === "float64" ? Float64Array : Float32Array;
  const classes = { float32: Floats, int32: Int32Array, bool: Uint8Array };
  return (dtype, shape) => ({ dtype, shape, data: new classes[dtype](sizeOf(shape)) });
}

function countUses(order: readonly Tensor[], roots: readonly Tensor[]): Map<Tensor, number> {
  const uses = new Map<Tensor, number>();
  const use = (tensor: Tensor) => uses.set(tensor, (uses.get(tensor) ?? 0) + 1);
  for (const { origin } of order) if (origin) throughBodies(origin).forEach(use);
  roots.forEach(use);
  return uses;
}

/** Forgets the numbers of what `tensor` was computed from, where this was their last use. */
function release(tensor: Tensor, results: Map<Tensor, Values>, uses: Map<Tensor, number>): void {
  if (!tensor.origin) return;
  for (const input of throughBodies(tensor.origin)) {
    const left = uses.get(input)! - 1;
    uses.set(input, left);
    if (left <= 0) results.delete(input);
  }
}

interface Memo {
  readonly data: NumericArray;
  readonly versions: readonly (readonly [Parameter, number])[];
}

/** Numbers that were asked for, with the versions of the parameters that they came from. */
const memory = {
  memos: new WeakMap<Tensor, Memo>(),

  recall(tensor: Tensor): Memo | undefined {
    const memo = this.memos.get(tensor);
    const isFresh = memo?.versions.every(([parameter, version]) => parameter.version === version);
    return isFresh ? memo : undefined;
  },

  remember(tensor: Tensor, data: NumericArray): void {
    const leaves = topological([tensor], throughBodies);
    const parameters = leaves.filter((leaf): leaf is Parameter => leaf instanceof Parameter);
    this.memos.set(tensor, { data, versions: parameters.map((p) => [p, p.version] as const) });
  },
};
