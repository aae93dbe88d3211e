export { BytePairTokenizer, type BytePairParts } from "./bpe/byte-pair-tokenizer.ts";
export { CharacterJoiner } from "./bpe/decode-stream.ts";
export { type Merge, MergeTable, type Merges, RankMerges } from "./bpe/merges.ts";
export type { CharacterRange } from "./bpe/offsets.ts";
export type { Scanner } from "./bpe/scanner.ts";
export { scannerFor } from "./bpe/scanner-for.ts";
export { SpecialTokenError, type SpecialTokenOptions } from "./bpe/special-tokens.ts";
export { TokenBytes } from "./bpe/token-bytes.ts";
export {
  applyChatTemplate,
  type ApplyChatTemplateOptions,
  type EncodedChat,
  loadChatTemplate,
} from "./chat/apply-chat-template.ts";
export type { ChatMessage, ContentPart, ToolCall, ToolSchema } from "./chat/chat-message.ts";
export { turnEndId } from "./chat/turn-end.ts";
export { ChatTemplate, type RenderedChat, type RenderOptions } from "./chat/chat-template.ts";
export { CharTokenizer, type CharTokenizerOptions } from "./char-tokenizer.ts";
export {
  HuggingFaceTokenizer,
  type HuggingFaceDecodeOptions,
} from "./hugging-face/hugging-face-tokenizer.ts";
export { readTokenizerConfig, type TokenizerConfig } from "./hugging-face/tokenizer-config.ts";
export { loadTokenizer, type LoadTokenizerOptions } from "./load-tokenizer.ts";
export { openaiEncodings, type OpenAiEncodingName } from "./openai/encodings.ts";
export { readGpt2Files } from "./openai/gpt2-files.ts";
export { loadEncoding } from "./openai/load-encoding.ts";
export { encodingNameForModel } from "./openai/models.ts";
export { readRankFile, writeRankFile } from "./openai/rank-file.ts";
export { encodeInParallel, ParallelEncoder, type ParallelOptions } from "./parallel-encoder.ts";
export { SimpleBpeTokenizer, type SimpleBpeVocabulary } from "./simple-bpe.ts";
export {
  SimpleTokenizerV1,
  SimpleTokenizerV2,
  splitKeepingSpaces,
  splitWords,
  wordVocabulary,
} from "./simple-tokenizer.ts";
export type { Tokenizer } from "./tokenizer.ts";
export {
  type TrainingDocument,
  type TrainingOptions,
  type TrainingProgress,
  trainBytePair,
} from "./training/train-byte-pair.ts";
export { extendVocabulary, type NewToken } from "./training/extend-vocabulary.ts";
export { requireTrainingOptions, type VocabularyOptions } from "./training/learn-vocabulary.ts";
export { type WordCutName, wordCuts } from "./training/word-cuts.ts";
export { UnknownTextError } from "./unknown-text-error.ts";
