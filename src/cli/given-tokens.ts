/** @file Token ids that exist already, as the material of a run: a folder of shards, or a file of nanoGPT's or llm.c's. */
import { UserError } from "../errors.ts";
import { isPrepared, openBinTokens, openTokenShards } from "../data/index.ts";
import type { OpenTokenSource, TokenSource } from "../data/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { flagOf } from "./option.ts";
import type { PretrainValues } from "./open-run.ts";
import { chooseTokenizer, tokenizerAt } from "./tokenizer-choice.ts";

export interface GivenTokens {
  readonly tokens: OpenTokenSource;
  readonly tokenizer: Tokenizer;
  /** Of the text that they stand for; of a large file an estimate. */
  readonly sizeBytes: number;
}

/** The ids that `files` name, or undefined where they name text. */
export async function openGivenTokens(
  values: PretrainValues,
  files: readonly string[],
): Promise<GivenTokens | undefined> {
  const [first] = files;
  const isFolder = files.some(isPrepared);
  if (!isFolder && !files.some((path) => path.endsWith(".bin"))) return undefined;
  if (files.length > 1) {
    throw new UserError(
      `pretrain: expected one folder or file of token ids alone, got ${files.length} files and folders. Prepare all of the text together.`,
    );
  }
  return isFolder ? openShards(values, first) : openBin(values, first);
}

async function openShards(values: PretrainValues, folder: string): Promise<GivenTokens> {
  const given = ["tokenizer", "encoding", "vocabSize"] as const;
  const other = given.find((name) => values[name] !== undefined);
  if (other !== undefined) {
    throw new UserError(
      `${flagOf(other)}: expected none beside token shards, which have their tokenizer, got one. Leave it out.`,
    );
  }
  const { tokenizer } = await tokenizerAt(folder);
  const tokens = await openTokenShards(folder);
  return { tokens, tokenizer, sizeBytes: tokens.textBytes };
}

async function openBin(
  { encoding, tokenizer: path }: PretrainValues,
  file: string,
): Promise<GivenTokens> {
  if (encoding === undefined && path === undefined) {
    throw new UserError(
      `${file}: expected --encoding or --tokenizer beside it, got neither: the file does not say what made its ids. ` +
        `For GPT-2's write --encoding gpt2.`,
    );
  }
  const { name, tokenizer } = await chooseTokenizer({ encoding, tokenizer: path });
  const tokens = openBinTokens(file);
  try {
    requireIds(tokens, tokenizer, { file, name });
    return { tokens, tokenizer, sizeBytes: estimateBytes(tokens, tokenizer) };
  } catch (error) {
    tokens.close();
    throw error;
  }
}

const stretch = 1 << 16;

/** Throws a UserError for an id that the tokenizer does not know, wherever it is. */
function requireIds(
  tokens: TokenSource,
  { vocabSize }: Tokenizer,
  { file, name }: { readonly file: string; readonly name: string },
): void {
  const ids = new Int32Array(stretch);
  for (let start = 0; start < tokens.length; start += stretch) {
    const count = Math.min(stretch, tokens.length - start);
    tokens.read(start, count, ids);
    const at = ids.subarray(0, count).findIndex((id) => id < 0 || id >= vocabSize);
    if (at < 0) continue;
    throw new UserError(
      `${file}: expected ids below ${vocabSize}, those of ${name}, got ${ids[at] >>> 0} at position ${start + at}. ` +
        `Name the tokenizer that made them.`,
    );
  }
}

/** From the text of the first ids. */
function estimateBytes(tokens: TokenSource, tokenizer: Tokenizer): number {
  const ids = new Int32Array(Math.min(stretch, tokens.length));
  if (ids.length === 0) return 0;
  tokens.read(0, ids.length, ids);
  return Math.round((Buffer.byteLength(tokenizer.decode(ids)) / ids.length) * tokens.length);
}
