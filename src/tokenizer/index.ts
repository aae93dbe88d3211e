export { CharTokenizer, type CharTokenizerOptions } from "./char-tokenizer.ts";
export { loadTokenizer } from "./load-tokenizer.ts";
export {
  SimpleTokenizerV1,
  SimpleTokenizerV2,
  splitKeepingSpaces,
  splitWords,
  wordVocabulary,
} from "./simple-tokenizer.ts";
export type { Tokenizer } from "./tokenizer.ts";
export { UnknownTextError } from "./unknown-text-error.ts";
