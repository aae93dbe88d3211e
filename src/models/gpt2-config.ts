/** @file What a GPT-2 can be, and the four that were published (https://huggingface.co/openai-community). */
import { UserError } from "../errors.ts";
import type { LanguageModelConfig } from "./causal-language-model.ts";
import { requireSizes } from "./required-sizes.ts";

export interface Gpt2Config extends LanguageModelConfig {
  /** Of embeddings, attention weights and shortcuts alike, 0 to 1. */
  readonly dropoutRate: number;
  /** Whether queries, keys and values have a bias: the published models have, the book's have none. */
  readonly hasQkvBias: boolean;
}

const gpt2Base = {
  vocabSize: 50257,
  contextLength: 1024,
  dropoutRate: 0.1,
  hasQkvBias: true,
  hasTiedHead: true,
} as const;

export const gpt2Presets = {
  gpt2: { ...gpt2Base, embedDim: 768, numLayers: 12, numHeads: 12 },
  "gpt2-medium": { ...gpt2Base, embedDim: 1024, numLayers: 24, numHeads: 16 },
  "gpt2-large": { ...gpt2Base, embedDim: 1280, numLayers: 36, numHeads: 20 },
  "gpt2-xl": { ...gpt2Base, embedDim: 1600, numLayers: 48, numHeads: 25 },
} as const satisfies Record<string, Gpt2Config>;

export type Gpt2PresetName = keyof typeof gpt2Presets;

/** Throws a UserError for a config of which no model can be made. */
export function requireGpt2Config(config: Gpt2Config): void {
  const sizes = ["vocabSize", "contextLength", "embedDim", "numHeads", "numLayers"] as const;
  requireSizes("gpt2", config, sizes);
  const { embedDim, numHeads, dropoutRate } = config;
  if (embedDim % numHeads !== 0) {
    throw new UserError(
      `gpt2: expected embedDim divisible by numHeads, got ${embedDim} and ${numHeads}. ` +
        `Try numHeads ${divisorsNear(embedDim, numHeads).join(", ")}.`,
    );
  }
  if (!(dropoutRate >= 0 && dropoutRate <= 1)) {
    throw new UserError(`gpt2: expected "dropoutRate" from 0 to 1, got ${dropoutRate}.`);
  }
}

/** Up to five divisors of `n`, those nearest to `target`, in rising order. */
function divisorsNear(n: number, target: number): number[] {
  const divisors: number[] = [];
  for (let d = 1; d * d <= n; d++) if (n % d === 0) divisors.push(d, n / d);
  const distance = (d: number) => Math.abs(d - target);
  const nearest = [...new Set(divisors)].sort((a, b) => distance(a) - distance(b)).slice(0, 5);
  return nearest.sort((a, b) => a - b);
}
