/** @file A tokenizer as plain data that another thread makes it of again. */
import { UserError } from "../errors.ts";
import { BytePairTokenizer } from "./bpe/byte-pair-tokenizer.ts";
import { MergeTable, RankMerges } from "./bpe/merges.ts";
import { scannerFor } from "./bpe/scanner-for.ts";
import { TokenBytes } from "./bpe/token-bytes.ts";
import { HuggingFaceTokenizer } from "./hugging-face/hugging-face-tokenizer.ts";
import type { TokenizerConfig } from "./hugging-face/tokenizer-config.ts";
import { loadTokenizer } from "./load-tokenizer.ts";
import type { Tokenizer } from "./tokenizer.ts";

interface PortableBytePairs {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  /** Left, right and merged tokens; nothing when the ids are the ranks. */
  readonly merges: readonly [Int32Array, Int32Array, Int32Array] | undefined;
  readonly isInOrder: boolean;
  readonly pattern: string;
  readonly takesWholePieces: boolean;
  readonly specialTokens: ReadonlyMap<string, number>;
}

/** What can be sent to another thread. */
export type PortableTokenizer =
  | { readonly bytePairs: PortableBytePairs }
  | { readonly json: object; readonly config: TokenizerConfig | undefined };

/** The tokenizer as data. */
export function pack(tokenizer: Tokenizer): PortableTokenizer {
  if (tokenizer instanceof BytePairTokenizer) return { bytePairs: packBytePairs(tokenizer) };
  const config = tokenizer instanceof HuggingFaceTokenizer ? tokenizer.config : undefined;
  return { json: tokenizer.toJson(), config };
}

/** The tokenizer that was packed. */
export function unpack(packed: PortableTokenizer): Tokenizer {
  if ("bytePairs" in packed) return unpackBytePairs(packed.bytePairs);
  if (packed.config) return HuggingFaceTokenizer.fromJson(packed.json, packed.config);
  return loadTokenizer(packed.json);
}

function packBytePairs({ name, parts }: BytePairTokenizer): PortableBytePairs {
  const { tokens, merges, scanner, takesWholePieces = true, specialTokens = new Map() } = parts;
  const { bytes, starts } = tokens;
  const { pattern } = scanner;
  if (!scannerFor(pattern)) {
    throw new UserError(
      `encode in parallel: expected a published pattern, got ${pattern}. Encode in one thread.`,
    );
  }
  const packed = { name, bytes, starts, pattern, takesWholePieces, specialTokens };
  const isInOrder = merges.isInOrder(tokens);
  if (merges instanceof RankMerges) return { ...packed, isInOrder, merges: undefined };
  const list = [...merges.entries()];
  const column = (i: 0 | 1 | 2) => Int32Array.from(list, (merge) => merge[i]);
  return { ...packed, isInOrder, merges: [column(0), column(1), column(2)] };
}

function unpackBytePairs(packed: PortableBytePairs): BytePairTokenizer {
  const { bytes, starts, merges, pattern, isInOrder, ...rest } = packed;
  const tokens = new TokenBytes(bytes, starts);
  const scanner = scannerFor(pattern);
  if (!scanner) throw new Error(`no scanner for ${pattern}`);
  const table = merges ? new MergeTable(...merges) : new RankMerges(tokens, { isInOrder });
  return new BytePairTokenizer({ ...rest, tokens, merges: table, scanner });
}
