/**
 * @file A vocabulary as the merges that make it: a token of several bytes is two tokens that came before it. That is a quarter less to fetch
 * than the tokens' text, and faster to read; the build packs OpenAI's vocabularies so.
 */
import { type Merges, RankMerges } from "../bpe/merges.ts";
import { TokenBytes } from "../bpe/token-bytes.ts";
import { base64Digits, base64Values } from "./base64.ts";

/** What the build knows of a vocabulary. */
export interface Vocabulary {
  readonly tokens: TokenBytes;
  readonly merges: Merges;
}

const digitsPerId = 3; // of six bits, the lowest first
const none = 64 ** digitsPerId - 1;

/**
 * For each id the left and the right part of its token; the byte and `none` for a token of one byte; `none` twice for an id without a token.
 * All lowest digits of the left parts come first, then all second ones, and so on: alike is beside alike, for gzip.
 */
export function packMerges(tokens: TokenBytes, merges: Merges): string {
  const lefts = new Array<number>(tokens.size).fill(none);
  const rights = new Array<number>(tokens.size).fill(none);
  for (const [left, right, id] of merges.entries()) {
    lefts[id] = left;
    rights[id] = right;
  }
  for (let id = 0; id < tokens.size; id++) {
    const length = tokens.lengthOf(id);
    if (length === 1) lefts[id] = tokens.bytesOf(id)[0];
    else if (length > 1 && rights[id] === none) throw new Error(`no merge makes token ${id}`);
  }
  return [...digitPlanes(lefts), ...digitPlanes(rights)].join("");
}

/** The vocabulary of the packed form. */
export function readPackedMerges(packed: string): Vocabulary {
  const digits = new TextEncoder().encode(packed);
  const size = digits.length / (2 * digitsPerId);
  const lefts = readPlanes(digits, 0, size);
  const rights = readPlanes(digits, digitsPerId * size, size);
  const tokens = joinTokens(lefts, rights);
  return { tokens, merges: new RankMerges(tokens, { isInOrder: true }) };
}

function joinTokens(lefts: Int32Array, rights: Int32Array): TokenBytes {
  const size = lefts.length;
  const starts = new Uint32Array(size + 1);
  for (let id = 0; id < size; id++) {
    const left = lefts[id];
    const right = rights[id];
    let length = left === none ? 0 : 1;
    if (right !== none) {
      length = starts[left + 1] - starts[left] + starts[right + 1] - starts[right];
    }
    starts[id + 1] = starts[id] + length;
  }
  const bytes = new Uint8Array(starts[size]);
  let to = 0;
  for (let id = 0; id < size; id++) {
    const left = lefts[id];
    const right = rights[id];
    if (right === none) {
      if (left !== none) bytes[to++] = left;
      continue;
    }
    for (let from = starts[left]; from < starts[left + 1]; from++) bytes[to++] = bytes[from];
    for (let from = starts[right]; from < starts[right + 1]; from++) bytes[to++] = bytes[from];
  }
  return new TokenBytes(bytes, starts);
}

function digitPlanes(ids: readonly number[]): string[] {
  return Array.from({ length: digitsPerId }, (_, plane) =>
    ids.map((id) => base64Digits[(id >> (6 * plane)) & 63]).join(""),
  );
}

function readPlanes(digits: Uint8Array, start: number, size: number): Int32Array {
  const ids = new Int32Array(size);
  for (let id = 0; id < size; id++) {
    const at = start + id;
    ids[id] =
      base64Values[digits[at]] |
      (base64Values[digits[at + size]] << 6) |
      (base64Values[digits[at + 2 * size]] << 12);
  }
  return ids;
}
