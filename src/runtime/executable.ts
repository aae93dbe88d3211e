/** @file What a runtime makes of a traced function. */
import type { NumericArray, Parameter, Values } from "../graph/index.ts";

/** A run whose inputs and results stay where they are. */
export interface PreparedRun {
  run(): Promise<void>;
  /** Lets go of the memory, when a run under way has ended. */
  release(): void;
}

export interface Executable {
  /** Runs once; a result goes into the memory given for it in `into`, or else into new memory. */
  run(
    inputs: readonly (NumericArray | Values)[],
    into?: readonly (NumericArray | undefined)[],
  ): Promise<Values[]>;
  /**
   * The same run, to be repeated over the same memory: each reads what its inputs' arrays hold then. Runs of one prepared
   * run may not overlap; what `into` leaves out cannot be read.
   */
  prepare(
    inputs: readonly (NumericArray | Values)[],
    into: readonly (NumericArray | undefined)[],
  ): PreparedRun;
  release(): void;
  /** The parameters that the results rest on. */
  readonly parameters: readonly Parameter[];
  /** Operators that run on the CPU although another device was asked for. */
  readonly cpuFallbacks: readonly string[];
}
