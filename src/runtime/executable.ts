/** @file What a runtime makes of a traced function. */
import type { NumericArray, Values } from "../graph/index.ts";

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
