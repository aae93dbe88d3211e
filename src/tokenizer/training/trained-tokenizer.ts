/** @file A learned vocabulary as a tokenizer, as `tokenizer.json`, and as tiktoken's file of ranks. */
import { BytePairTokenizer } from "../bpe/byte-pair-tokenizer.ts";
import { MergeTable } from "../bpe/merges.ts";
import type { Scanner } from "../bpe/scanner.ts";
import { TokenBytes } from "../bpe/token-bytes.ts";
import { bytesOfName } from "./byte-alphabet.ts";
import type { LearnedVocabulary } from "./learn-vocabulary.ts";
import { gpt2Scanner } from "../bpe/gpt2-scanner.ts";

export class TrainedTokenizer extends BytePairTokenizer {
  readonly vocabulary: LearnedVocabulary;

  constructor(vocabulary: LearnedVocabulary, scanner: Scanner) {
    const { specialTokens, names, merges } = vocabulary;
    const column = (i: 0 | 1 | 2) => merges.map((merge) => merge[i]);
    super({
      name: "trained",
      tokens: TokenBytes.from(
        names.map((name, id) => (id < specialTokens.length ? undefined : bytesOfName(name))),
      ),
      merges: new MergeTable(column(0), column(1), column(2)),
      scanner,
      takesWholePieces: false,
      specialTokens: new Map(specialTokens.map((token, id) => [token, id])),
    });
    this.vocabulary = vocabulary;
  }

  override toJson(): object {
    const { specialTokens, names, merges } = this.vocabulary;
    return {
      version: "1.0",
      truncation: null,
      padding: null,
      added_tokens: specialTokens.map((content, id) => ({
        ...{ id, content, single_word: false, lstrip: false, rstrip: false },
        ...{ normalized: false, special: true },
      })),
      normalizer: null,
      pre_tokenizer: preTokenizer(this.parts.scanner.pattern),
      post_processor: null,
      decoder: byteLevel(true),
      model: {
        ...{ type: "BPE", dropout: null, unk_token: null, continuing_subword_prefix: null },
        ...{
          end_of_word_suffix: null,
          fuse_unk: false,
          byte_fallback: false,
          ignore_merges: false,
        },
        vocab: Object.fromEntries(names.map((name, id) => [name, id])),
        merges: merges.map(([left, right]) => [names[left], names[right]]),
      },
    };
  }
}

function preTokenizer(pattern: string): object {
  if (pattern === gpt2Scanner.pattern) return byteLevel(true);
  const split = { type: "Split", pattern: { Regex: pattern }, behavior: "Isolated", invert: false };
  return { type: "Sequence", pretokenizers: [split, byteLevel(false)] };
}

function byteLevel(use_regex: boolean): object {
  return { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex };
}
