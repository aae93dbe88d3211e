/** @file How a model reads further than the context that its rotary positions were trained on: slower angles. */

/** All angles slower by `factor` (https://arxiv.org/abs/2306.15595). */
export interface LinearScaling {
  readonly kind: "linear";
  readonly factor: number;
}

/** Llama 3.1's: only the slow angles are slowed, with a smooth passage between (https://arxiv.org/abs/2407.21783). */
export interface Llama3Scaling {
  readonly kind: "llama3";
  readonly factor: number;
  /** Turns within the original context below which a pair is slowed by all of `factor`. */
  readonly lowFrequencyFactor: number;
  /** Turns within the original context above which a pair is left as it is. */
  readonly highFrequencyFactor: number;
  /** Tokens of the original context. */
  readonly originalContextLength: number;
}

/** YaRN: as Llama 3.1's, with a straight passage, and scores that are sharpened (https://arxiv.org/abs/2309.00071). */
export interface YarnScaling {
  readonly kind: "yarn";
  readonly factor: number;
  readonly originalContextLength: number;
  /** Turns above which a pair is left as it is; default 32. */
  readonly betaFast?: number;
  /** Turns below which a pair is slowed by all of `factor`; default 1. */
  readonly betaSlow?: number;
  /** Factor of queries and of keys; 0.1 · ln(factor) + 1 unless said. */
  readonly attentionFactor?: number;
}

export type RotaryScaling = LinearScaling | Llama3Scaling | YarnScaling;

/** Radians a position for each pair of channels, `(D/2,)`, rounded to float32 at each step as in the models' own code. */
export function rotarySpeeds(
  headDim: number,
  theta: number,
  scaling: RotaryScaling | undefined,
): Float32Array {
  const speeds = Float32Array.from(
    { length: headDim / 2 },
    (_, i) => 1 / Math.fround(theta ** Math.fround((2 * i) / headDim)),
  );
  if (!scaling) return speeds;
  const share = shareKept(scaling, headDim, theta);
  return speeds.map((speed, i) => {
    const kept = share(speed, i);
    return kept * speed + ((1 - kept) * speed) / scaling.factor;
  });
}

/** How much of a pair's own speed stays, 0 to 1, by its speed and its place. */
function shareKept(
  scaling: RotaryScaling,
  headDim: number,
  theta: number,
): (speed: number, pair: number) => number {
  if (scaling.kind === "linear") return () => 0;
  const { originalContextLength } = scaling;
  if (scaling.kind === "llama3") {
    const { lowFrequencyFactor: low, highFrequencyFactor: high } = scaling;
    return (speed) => clamp(((originalContextLength * speed) / (2 * Math.PI) - low) / (high - low));
  }
  /** The place of the pair that turns so often within the original context. */
  const placeOf = (turns: number) =>
    (headDim * Math.log(originalContextLength / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
  const first = Math.max(Math.floor(placeOf(scaling.betaFast ?? 32)), 0);
  const last = Math.min(Math.ceil(placeOf(scaling.betaSlow ?? 1)), headDim - 1);
  const width = first === last ? 0.001 : last - first;
  return (_speed, pair) => 1 - clamp((pair - first) / width);
}

/** What cosines and sines are multiplied with. */
export function rotaryMagnitude(scaling: RotaryScaling | undefined): number {
  if (scaling?.kind !== "yarn") return 1;
  return scaling.attentionFactor ?? (scaling.factor <= 1 ? 1 : 0.1 * Math.log(scaling.factor) + 1);
}

const clamp = (x: number): number => Math.min(Math.max(x, 0), 1);
