export {
  BatchOrder,
  type BatchOrderOptions,
  type CursorState,
  type OrderCursor,
} from "./batch-order.ts";
export { type Batch, type BatchCursor, Batches, type BatchOptions } from "./batches.ts";
export {
  type Corpus,
  corpusText,
  type Progress,
  type ReadOptions,
  type TextChunk,
  textCorpus,
  type TextDocument,
} from "./corpus.ts";
export {
  encodeCorpus,
  encodeDocument,
  type EncodedPiece,
  type EncodeOptions,
  ordinaryText,
} from "./encode-corpus.ts";
export { openCorpus } from "./open-corpus.ts";
export { type Prepared, type PrepareOptions, prepareShards } from "./prepare/prepare-shards.ts";
export { type Split, splitText, splitTokens } from "./split.ts";
export { openTokenFile, TokenFile, TokenFileSink } from "./token-file.ts";
export type { TokenFileHeader, TokenizerIdentity } from "./token-file-header.ts";
export { isPrepared, openTokenShards, type TokenShards } from "./token-shards.ts";
export { openBinTokens, BinTokens } from "./bin-tokens.ts";
export {
  copyTokens,
  MemoryTokens,
  MemoryTokenSink,
  type OpenTokenSource,
  sliceTokens,
  type TokenSink,
  type TokenSource,
} from "./token-source.ts";
export { Utf8Reader } from "./utf8.ts";
export { type WindowOptions, Windows } from "./windows.ts";
