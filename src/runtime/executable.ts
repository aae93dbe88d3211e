/** @file What a runtime makes of a traced function. */
import type { NumericArray, Parameter, Values } from "../graph/index.ts";

export interface Executable {
  /** Runs once; a result goes into the memory given for it in `into`, or else into new memory. */
  run(
    inputs: readonly (NumericArray | Values)[],
    into?: readonly (NumericArray | undefined)[],
  ): Promise<Values[]>;
  release(): void;
  /** The parameters that the results rest on. */
  readonly parameters: readonly Parameter[];
  /** Operators that run on the CPU although another device was asked for. */
  readonly cpuFallbacks: readonly string[];
}
