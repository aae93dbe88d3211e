/** Checkpoints whose every number tells the step they belong to. */

import type { CheckpointContent } from "../../src/training/checkpoints.ts";

/** A checkpoint with `length` weights that all equal `step`, and optimizer numbers that all equal `-step`. */
export function contentOf(step: number, length: number): CheckpointContent {
  const tensor = (name: string, value: number) =>
    ({ name, dtype: "F32", shape: [length], data: new Float32Array(length).fill(value) }) as const;
  return {
    step,
    tensors: { model: [tensor("weight", step)], optimizer: [tensor("weight.mean", -step)] },
    modelConfig: { model_type: "gpt2", step },
    state: {
      tokensSeen: step * 1000,
      elapsedMs: 0,
      validationLoss: 1 / step,
      bestValidationLoss: 1 / step,
      randomStates: { dropout: Buffer.from(`random ${step}`).toString("base64") },
      dataCursor: { epoch: 0, batch: step },
    },
  };
}
