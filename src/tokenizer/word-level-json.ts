/**
 * Hugging Face's `tokenizer.json` for a model that looks whole pieces up ("WordLevel"): a vocabulary, how text is cut
 * into pieces, and how pieces are joined again. Patterns are Oniguruma's.
 */
import { UserError } from "../errors.ts";

export interface WordLevel {
  /** Pieces, each at the index that is its id. */
  readonly vocabulary: readonly string[];
  /** Stands for what is unknown; when it is not in the vocabulary, unknown text is an error. */
  readonly unknownToken: string;
  readonly preTokenizer: object;
  readonly decoder: object;
}

/** The content of `tokenizer.json`. */
export function writeWordLevel(parts: WordLevel): object {
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: parts.preTokenizer,
    post_processor: null,
    decoder: parts.decoder,
    model: {
      type: "WordLevel",
      vocab: Object.fromEntries(parts.vocabulary.map((piece, id) => [piece, id])),
      unk_token: parts.unknownToken,
    },
  };
}

/** Parts of a `tokenizer.json` whose model is WordLevel, or `undefined` for any other. */
export function readWordLevel(json: unknown): WordLevel | undefined {
  const { model, pre_tokenizer, decoder } = asRecord(json);
  const { type, vocab, unk_token } = asRecord(model);
  if (type !== "WordLevel" || typeof unk_token !== "string") return undefined;
  return {
    vocabulary: readVocabulary(asRecord(vocab)),
    unknownToken: unk_token,
    preTokenizer: asRecord(pre_tokenizer),
    decoder: asRecord(decoder),
  };
}

/** Whether two JSON values are the same, in whatever order their keys come. */
export function sameJson(a: unknown, b: unknown): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function readVocabulary(ids: Record<string, unknown>): string[] {
  const entries = Object.entries(ids);
  const vocabulary = new Array<string>(entries.length);
  for (const [piece, id] of entries) {
    const isFree = isIndex(id, entries.length) && vocabulary[id] === undefined;
    if (!isFree) {
      throw new UserError(
        `tokenizer.json: expected each id from 0 to ${entries.length - 1} once, got ${JSON.stringify(id)} for ` +
          `${JSON.stringify(piece)}. Save the tokenizer again.`,
      );
    }
    vocabulary[id] = piece;
  }
  return vocabulary;
}

function isIndex(value: unknown, length: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < length;
}
