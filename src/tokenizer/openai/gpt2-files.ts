/** @file OpenAI's first publication of GPT-2's vocabulary: `encoder.json`, tokens and their ids, and `vocab.bpe`, merges in order. */
import { UserError } from "../../errors.ts";
import { BytePairTokenizer } from "../bpe/byte-pair-tokenizer.ts";
import { gpt2Scanner } from "../bpe/gpt2-scanner.ts";
import { MergeTable } from "../bpe/merges.ts";
import { TokenBytes } from "../bpe/token-bytes.ts";
import { bytesOfCharacters } from "../hugging-face/byte-characters.ts";

const endOfText = "<|endoftext|>";

/** GPT-2's tokenizer from the content of `encoder.json`, parsed, and of `vocab.bpe`. */
export function readGpt2Files(encoder: unknown, vocabBpe: string): BytePairTokenizer {
  const ids = readIds(encoder);
  const specialTokens = new Map<string, number>();
  const tokens: Uint8Array[] = [];
  for (const [token, id] of ids) {
    const bytes = bytesOfCharacters(token);
    if (token === endOfText) specialTokens.set(token, id);
    else if (bytes) tokens[id] = bytes;
    else throw badToken(token);
  }
  return new BytePairTokenizer({
    name: "gpt2",
    tokens: TokenBytes.from(Array.from(tokens)),
    merges: readMerges(vocabBpe, ids),
    scanner: gpt2Scanner,
    takesWholePieces: false,
    specialTokens,
  });
}

function readIds(encoder: unknown): Map<string, number> {
  const ids = new Map<string, number>();
  const entries = typeof encoder === "object" && encoder !== null ? Object.entries(encoder) : [];
  for (const [token, id] of entries) {
    if (!Number.isInteger(id) || id < 0) throw badToken(token);
    ids.set(token, Number(id));
  }
  if (ids.size > 0) return ids;
  throw new UserError(
    `encoder.json: expected an object of tokens and their ids, got ${JSON.stringify(encoder)?.slice(0, 40)}. Parse the file first.`,
  );
}

function readMerges(vocabBpe: string, ids: ReadonlyMap<string, number>): MergeTable {
  const lines = vocabBpe.split("\n").filter((line) => line !== "" && !line.startsWith("#version"));
  const pairs = lines.map((line) => line.trimEnd().split(" "));
  const idOf = (token: string): number => {
    const id = ids.get(token);
    if (id !== undefined) return id;
    throw new UserError(
      `vocab.bpe: expected merges of tokens of encoder.json, got ${JSON.stringify(token)}. Use the two files that belong together.`,
    );
  };
  return new MergeTable(
    pairs.map(([left]) => idOf(left)),
    pairs.map(([, right]) => idOf(right)),
    pairs.map((pair) => idOf(pair.join(""))),
  );
}

function badToken(token: string): UserError {
  return new UserError(
    `encoder.json: expected tokens in GPT-2's byte characters, each with an id, got ${JSON.stringify(token)}. Use OpenAI's own file.`,
  );
}
