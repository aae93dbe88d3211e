/** @file What to train where nobody says: the more text, the larger the model and the longer the training. */

export interface SuggestedSizes {
  readonly numLayers: number;
  readonly numHeads: number;
  readonly embedDim: number;
  readonly blockSize: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly dropout: number;
  readonly maxMinutes: number;
  /** Steps between evaluations; samples and checkpoints follow from it. */
  readonly evalInterval: number;
}

/** By the text's size in bytes from which on they hold; each a model that two cores train in `maxMinutes`. */
const table: readonly (SuggestedSizes & { readonly fromBytes: number })[] = [
  {
    ...{ fromBytes: 0, numLayers: 2, numHeads: 2, embedDim: 64, blockSize: 64, batchSize: 16 },
    ...{ learningRate: 3e-3, dropout: 0, maxMinutes: 1, evalInterval: 250 },
  },
  {
    ...{ fromBytes: 2e4, numLayers: 4, numHeads: 4, embedDim: 128, blockSize: 64, batchSize: 16 },
    ...{ learningRate: 3e-3, dropout: 0, maxMinutes: 2, evalInterval: 250 },
  },
  {
    ...{ fromBytes: 5e5, numLayers: 4, numHeads: 4, embedDim: 192, blockSize: 128, batchSize: 8 },
    ...{ learningRate: 3e-3, dropout: 0, maxMinutes: 5, evalInterval: 250 },
  },
  {
    ...{ fromBytes: 1e7, numLayers: 6, numHeads: 6, embedDim: 384, blockSize: 256, batchSize: 16 },
    ...{ learningRate: 1e-3, dropout: 0, maxMinutes: 60, evalInterval: 100 },
  },
];

const leastBlockSize = 8;

interface TextSize {
  readonly sizeBytes: number;
  readonly numTokens: number;
}

/** Sizes for a text of which the share `validationFraction` is not trained on. */
export function suggestSizes(
  { sizeBytes, numTokens }: TextSize,
  validationFraction: number,
): SuggestedSizes {
  const { fromBytes: _, ...sizes } = table.findLast(({ fromBytes }) => sizeBytes >= fromBytes)!;
  const held = Math.floor(numTokens * validationFraction) - 1; // a window and the token after it
  const fitting = 2 ** Math.floor(Math.log2(Math.max(held, leastBlockSize)));
  return { ...sizes, blockSize: Math.min(sizes.blockSize, fitting) };
}
