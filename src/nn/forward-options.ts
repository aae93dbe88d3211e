import type { Tensor } from "../graph/index.ts";
import { positions } from "../ops/index.ts";
import type { Generator } from "../random/index.ts";
import type { Cache } from "./kv-cache.ts";

/** What a layer is told besides its input. */
export interface ForwardOptions {
  /** Makes dropout active, as in training, and gives its random numbers. Without it nothing is dropped. */
  readonly generator?: Generator | undefined;
  /** What was read before: the input goes on from there. Without it the input is the whole text. */
  readonly cache?: Cache | undefined;
  /** Which of the model's blocks this is, counted from 0: what a layer remembers is found by it. */
  readonly layer?: number | undefined;
}

/** What block number `layer` of a model is told. */
export function forLayer(options: ForwardOptions, layer: number): ForwardOptions {
  return { ...options, layer };
}

/** Where T tokens stand in the text: int32 `(T,)`, or `(B, T)` behind what a cache holds. */
export function positionsOf({ cache }: ForwardOptions, T: number): Tensor {
  return cache ? cache.positions(T) : positions(T);
}
