/** @file What a model keeps of a text to go on with it, in bytes: known from its layers, before anything is allocated. */
import type { CausalLanguageModel } from "./causal-language-model.ts";

const bytesPerNumber = 4;

/** Bytes in float32 that each further token adds, while every window has room. */
export function cacheBytesPerToken(model: CausalLanguageModel): number {
  return model.blocks.reduce(
    (total, { attention: { memory } }) => total + memory.numbersPerToken * bytesPerNumber,
    0,
  );
}

/** Bytes in float32 that a text of `length` tokens needs: layers with a window need no more than the window. */
export function cacheBytes(model: CausalLanguageModel, length: number): number {
  return model.blocks.reduce((total, { attention: { memory } }) => {
    const { numbersPerToken, windowSize = Infinity, fixedNumbers = 0 } = memory;
    const numbers = numbersPerToken * Math.min(length, windowSize) + fixedNumbers;
    return total + numbers * bytesPerNumber;
  }, 0);
}
