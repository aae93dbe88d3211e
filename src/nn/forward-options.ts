import type { Generator } from "../random/index.ts";

/** What a layer is told besides its input. A cache of keys and values will be told here too. */
export interface ForwardOptions {
  /** Makes dropout active, as in training, and gives its random numbers. Without it nothing is dropped. */
  readonly generator?: Generator | undefined;
}
