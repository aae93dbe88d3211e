/**
 * @file Named dimensions: lengths that may differ at each run. A function is traced at a sample length; every length in
 * its graph must then be a polynomial of the named ones with no squares (`B * T`, `T + 1`), which tracing at other
 * lengths reveals and proves.
 */
import { UserError } from "../errors.ts";
import type { DType, NumericArray, Shape, Spec, Values } from "../graph/index.ts";

/** A length that is free at run time, with the largest length used for tracing (at least 4). */
export interface NamedDimension {
  readonly name: string;
  readonly sample: number;
}

export function dimension(name: string, sample: number): NamedDimension {
  if (Number.isInteger(sample) && sample >= 4) return { name, sample };
  throw new UserError(`dimension "${name}": expected a sample length of 4 or more, got ${sample}.`);
}

/** The spec of a compiled function's input. */
export interface InputSpec {
  readonly dtype: DType;
  readonly shape: readonly (number | NamedDimension)[];
}

/** A length for each name. */
export type Sizes = Readonly<Record<string, number>>;

export function specAt({ dtype, shape }: InputSpec, sizes: Sizes): Spec {
  return { dtype, shape: shape.map((n) => (typeof n === "number" ? n : sizes[n.name])) };
}

/** The named dimensions of several specs; a name has one sample. */
export function dimensionsOf(specs: readonly InputSpec[]): NamedDimension[] {
  const found = new Map<string, NamedDimension>();
  for (const one of specs.flatMap(({ shape }) => shape)) {
    if (typeof one === "number") continue;
    const known = found.get(one.name);
    if (known && known.sample !== one.sample) {
      throw new UserError(
        `compile: expected one sample for dimension "${one.name}", got ${known.sample} and ${one.sample}.`,
      );
    }
    found.set(one.name, one);
  }
  return [...found.values()];
}

/** Solves the named lengths from the inputs of a run, and gives each input its shape. */
export function solveSizes(
  specs: readonly InputSpec[],
  inputs: readonly (NumericArray | Values)[],
): { readonly sizes: Sizes; readonly values: Values[] } {
  if (specs.length !== inputs.length) {
    throw new Error(`run: expected ${specs.length} inputs, got ${inputs.length}.`);
  }
  const sizes: Record<string, number> = {};
  const values = specs.map((spec, index) => {
    const input = inputs[index];
    const data = "data" in input ? input.data : input;
    const given = "data" in input ? input.shape : solveShape(spec, data.length, sizes, index);
    spec.shape.forEach((n, axis) => claim(n, given[axis], sizes, index));
    return { dtype: spec.dtype, shape: given, data };
  });
  return { sizes, values };
}

function claim(
  expected: number | NamedDimension,
  got: number,
  sizes: Record<string, number>,
  index: number,
): void {
  const length = typeof expected === "number" ? expected : (sizes[expected.name] ??= got);
  if (length === got) return;
  const name = typeof expected === "number" ? "" : ` ("${expected.name}")`;
  throw new Error(`run: expected a length of ${length}${name} in input ${index}, got ${got}.`);
}

/** The shape of a bare array, where at most one length is still unknown. */
function solveShape(spec: InputSpec, count: number, sizes: Sizes, index: number): Shape {
  const known = spec.shape.map((n) => (typeof n === "number" ? n : (sizes[n.name] ?? -1)));
  const unknown = known.filter((n) => n === -1).length;
  const rest = known.reduce((product, n) => (n === -1 ? product : product * n), 1);
  if (unknown === 0 && rest === count) return known;
  if (unknown === 1 && count % rest === 0) return known.map((n) => (n === -1 ? count / rest : n));
  const shape = spec.shape.map((n) => (typeof n === "number" ? n : n.name)).join(", ");
  throw new Error(`run: expected values for input ${index} of shape (${shape}), got ${count}.`);
}
