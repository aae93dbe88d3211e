/**
 * @file Random numbers in a graph. Evaluated directly, an operation draws them at once, in program order, as PyTorch
 * does; while a function is traced for compilation the draw becomes an input that is filled anew before each run.
 */
import { Constant, Input, sizeOf } from "./tensor.ts";
import type { Shape, Tensor } from "./tensor.ts";

let current: Input[] | undefined;

/** Runs `body` with draws recorded as inputs, and returns them in the order in which they were made. */
export function tracing<T>(body: () => T): {
  readonly result: T;
  readonly draws: readonly Input[];
} {
  const outer = current;
  const draws: Input[] = [];
  current = draws;
  try {
    return { result: body(), draws };
  } finally {
    current = outer;
  }
}

/**
 * A float32 leaf of random numbers: drawn now, or before each run of the function that is being traced.
 * `fill` draws element by element: long tensors come to it in consecutive pieces.
 */
export function draw(shape: Shape, label: string, fill: (out: Float32Array) => void): Tensor {
  const spec = { shape, dtype: "float32" } as const;
  if (current) {
    const input = new Input(spec, label, fill);
    current.push(input);
    return input;
  }
  const data = new Float32Array(sizeOf(shape));
  fill(data);
  return new Constant(spec, data);
}
