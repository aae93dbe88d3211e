/** @file What a runtime makes of a traced function. */
import { sizeOf } from "../graph/index.ts";
import type { Input, NumericArray, Values } from "../graph/index.ts";

export interface Executable {
  /** Runs once; a result goes into the memory given for it in `into`, or else into new memory. */
  run(
    inputs: readonly (NumericArray | Values)[],
    into?: readonly (NumericArray | undefined)[],
  ): Promise<Values[]>;
  release(): void;
  /** Operators that run on the CPU although another device was asked for. */
  readonly cpuFallbacks: readonly string[];
}

/** Fresh random numbers for a run, drawn in trace order. */
export function fillDraws(draws: readonly Input[]): Map<Input, Float32Array> {
  return new Map(
    draws.map((input) => {
      const out = new Float32Array(sizeOf(input.shape));
      input.fill!(out);
      return [input, out];
    }),
  );
}
