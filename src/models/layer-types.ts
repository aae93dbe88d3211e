/** @file Models whose layers see a sliding window, but for every n-th that sees everything. */
import { numberIn, unsupported } from "./published-config.ts";
import type { PublishedConfig } from "./published-config.ts";

export interface SlidingPattern {
  /** How many positions a token sees in a layer with a window, its own included. */
  readonly windowSize: number;
  /** Which layers see everything: the n-th, the 2n-th and so on. */
  readonly fullAttentionEvery: number;
}

/** The window of layer number `layer`, counted from 0; undefined where it sees everything. */
export function windowOf(layer: number, pattern: SlidingPattern): number | undefined {
  return (layer + 1) % pattern.fullAttentionEvery === 0 ? undefined : pattern.windowSize;
}

/** The pattern that a `config.json` describes; throws a UserError where its layers follow none. */
export function slidingPatternFrom(
  json: PublishedConfig,
  fallback: SlidingPattern,
): SlidingPattern {
  const windowSize = numberIn(json, "sliding_window", fallback.windowSize);
  const every = numberIn(json, "sliding_window_pattern", fallback.fullAttentionEvery);
  const types = json["layer_types"];
  if (types === undefined || types === null) return { windowSize, fullAttentionEvery: every };
  // A model may have too few layers for one that sees everything.
  const first = Array.isArray(types) ? types.indexOf("full_attention") : -1;
  const pattern = { windowSize, fullAttentionEvery: first < 0 ? every : first + 1 };
  const expected = layerTypes(numberIn(json, "num_hidden_layers"), pattern);
  if (Array.isArray(types) && expected.join() === String(types)) return pattern;
  throw unsupported("layer_types", "full_attention in every n-th layer", types);
}

/** The kind of each layer, in the words of `config.json`. */
export function layerTypes(numLayers: number, pattern: SlidingPattern): string[] {
  return Array.from({ length: numLayers }, (_, layer) =>
    windowOf(layer, pattern) === undefined ? "full_attention" : "sliding_attention",
  );
}
