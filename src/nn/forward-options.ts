import type { Generator } from "../random/index.ts";

/** What a layer is told besides its input. */
export interface ForwardOptions {
  /** Makes dropout active, as in training, and gives its random numbers. Without it nothing is dropped. */
  readonly generator?: Generator | undefined;
  /** Which of the model's blocks this is, counted from 0: what a layer remembers is found by it. */
  readonly layer?: number | undefined;
}

/** What block number `layer` of a model is told. */
export function forLayer(options: ForwardOptions, layer: number): ForwardOptions {
  return { ...options, layer };
}
