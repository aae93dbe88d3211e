/** @file A config of Llama or an heir from the few sizes that are chosen of a small model. */
import { UserError } from "../errors.ts";
import type { DecoderConfig } from "./decoder.ts";
import type { ModelSizes } from "./family.ts";

/** Widths are multiples of it, so that few bits can hold them: weights are rounded in blocks of 32. */
const block = 32;

/**
 * Two heads of queries share one of keys where their number is even; the gated feed-forward is 8/3 as wide as the model, as many
 * numbers as one without gate and 4 times as wide (https://arxiv.org/abs/2002.05202). Throws a UserError for a width that the heads do
 * not divide into even parts.
 */
export function sizedDecoder(sizes: ModelSizes): DecoderConfig {
  const { embedDim, numHeads } = sizes;
  const headDim = embedDim / numHeads;
  if (headDim % 2 !== 0) {
    throw new UserError(
      `model: expected embedDim divisible by twice numHeads, since positions turn pairs of channels, got ${embedDim} and ${numHeads}.`,
    );
  }
  return {
    ...sizes,
    headDim,
    hiddenDim: wholeBlocks((8 * embedDim) / 3),
    numKvHeads: numHeads % 2 === 0 ? numHeads / 2 : numHeads,
    normEpsilon: 1e-6,
    rope: { theta: 10_000 },
    hasTiedHead: true,
  };
}

/** The width, up to a multiple of 32. */
export const wholeBlocks = (width: number) => block * Math.ceil(width / block);

/** How many positions a token sees where a family has windows: half the context. */
export const sizedWindow = ({ contextLength }: ModelSizes) => Math.ceil(contextLength / 2);
