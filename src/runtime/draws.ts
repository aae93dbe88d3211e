/** @file The random inputs of a compiled function. */
import { sizeOf } from "../graph/index.ts";
import type { Input } from "../graph/index.ts";
import { Pacer } from "./pacer.ts";

/** Elements drawn at a time: about 2 ms. */
const sliceLength = 1 << 18;

/** Memory for random inputs, filled anew before each run in the order in which the draws were traced. */
export class Draws {
  readonly inputs: readonly Input[];
  /** An array for each input, the same at each run. */
  readonly memory: readonly Float32Array[];

  constructor(inputs: readonly Input[]) {
    this.inputs = inputs;
    this.memory = inputs.map(({ shape }) => new Float32Array(sizeOf(shape)));
  }

  /** New numbers for each input, in `memory`, which it returns. */
  async fill(): Promise<readonly Float32Array[]> {
    const pacer = new Pacer();
    for (const [i, memory] of this.memory.entries()) {
      for (let at = 0; at < memory.length; at += sliceLength) {
        this.inputs[i].fill!(memory.subarray(at, at + sliceLength));
        await pacer.rest();
      }
    }
    return this.memory;
  }
}
