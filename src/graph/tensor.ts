/**
 * @file A tensor is a node of a graph: it knows its shape, its dtype and where it comes from, not its numbers.
 * Numbers live in leaves (constants, parameters, inputs) and come out of a runtime.
 */
import { UserError } from "../errors.ts";
import type { Node } from "./operation.ts";
import { inspectTensor } from "./print.ts";

export type DType = "float32" | "int32" | "bool";
export type Shape = readonly number[];
export type NumericArray = Float32Array | Float64Array | Int32Array | Uint8Array;

/** What is known of a tensor before it has numbers. */
export interface Spec {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** The result of an operation, or (as one of the subclasses) a leaf of the graph. */
export class Tensor implements Spec {
  readonly shape: Shape;
  readonly dtype: DType;
  /** The node that computes this tensor; a leaf has none. */
  readonly origin: Node | undefined;
  /** Which of its node's outputs this is. */
  readonly outputIndex: number;

  constructor(spec: Spec, origin?: Node, outputIndex = 0) {
    this.shape = spec.shape;
    this.dtype = spec.dtype;
    this.origin = origin;
    this.outputIndex = outputIndex;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** The tensor with its numbers, as PyTorch would print it; evaluates on the reference interpreter. */
  toString(): string {
    return inspectTensor(this);
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/** A leaf with immutable numbers. */
export class Constant extends Tensor {
  readonly data: NumericArray;

  constructor(spec: Spec, data: NumericArray) {
    super(spec);
    if (data.length !== this.size) {
      throw new UserError(
        `tensor: expected ${this.size} values for shape ${formatShape(spec.shape)}, got ${data.length}.`,
      );
    }
    this.data = data;
  }
}

/** A leaf whose numbers are fed at each run of a compiled function. */
export class Input extends Tensor {
  readonly label: string;
  /** Supplies the numbers before each run, for inputs that the caller does not feed (random draws). */
  readonly fill: ((out: Float32Array) => void) | undefined;

  constructor(spec: Spec, label: string, fill?: (out: Float32Array) => void) {
    super(spec);
    this.label = label;
    this.fill = fill;
  }
}

export function sizeOf(shape: Shape): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** `(2, 3)`; a vector is `(2,)` and a scalar `()`, as NumPy writes them. */
export function formatShape(shape: Shape): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}

type Nested = number | boolean | readonly Nested[];

function shapeOfNested(value: Nested): number[] {
  const shape: number[] = [];
  for (let level = value; Array.isArray(level); level = level[0] as Nested)
    shape.push(level.length);
  return shape;
}

function flatten(value: Nested, shape: Shape, depth: number, into: number[]): void {
  if (depth === shape.length) {
    if (typeof value === "object") throw ragged(shape);
    into.push(Number(value));
    return;
  }
  if (typeof value !== "object" || value.length !== shape[depth]) throw ragged(shape);
  for (const item of value) flatten(item, shape, depth + 1, into);
}

function ragged(shape: Shape): UserError {
  return new UserError(
    `tensor: expected nested arrays of shape ${formatShape(shape)}, got rows of different lengths.`,
  );
}

/**
 * A constant from nested arrays, or from a typed array with a shape. The dtype follows the data:
 * booleans → bool, `Int32Array` → int32, numbers → float32 unless `dtype` says otherwise.
 */
export function tensor(value: Nested | NumericArray, options?: Partial<Spec>): Constant {
  if (ArrayBuffer.isView(value)) {
    const data = value as NumericArray;
    const shape = options?.shape ?? [data.length];
    return new Constant({ shape, dtype: options?.dtype ?? dtypeOf(data) }, data);
  }
  const shape = shapeOfNested(value);
  const flat: number[] = [];
  flatten(value, shape, 0, flat);
  const dtype = options?.dtype ?? (typeof firstOf(value) === "boolean" ? "bool" : "float32");
  return new Constant({ shape: options?.shape ?? shape, dtype }, typedArray(dtype, flat));
}

function firstOf(value: Nested): Nested {
  return typeof value === "object" && value.length > 0 ? firstOf(value[0]) : value;
}

function dtypeOf(data: NumericArray): DType {
  if (data instanceof Int32Array) return "int32";
  return data instanceof Uint8Array ? "bool" : "float32";
}

function typedArray(dtype: DType, values: number[]): NumericArray {
  if (dtype === "int32") return Int32Array.from(values);
  return dtype === "bool" ? Uint8Array.from(values) : Float32Array.from(values);
}

/** A scalar constant. */
export function scalar(value: number, dtype: DType = "float32"): Constant {
  return new Constant({ shape: [], dtype }, typedArray(dtype, [value]));
}
