/**
 * @file A head start for merging text beyond ASCII: a character of several bytes that merges to one token starts as that token, and not
 * as its bytes, where this gives the same ids. It does where no token holds a part of the character together with bytes outside of it: then its
 * bytes merge with each other only, and, as a token's rank is always above those of its parts, what is merged later cannot tell when they did.
 */
import { mergeSymbols } from "./merge-symbols.ts";
import type { Merges } from "./merges.ts";
import { byteSymbols, type SymbolsOf } from "./piece-encoder.ts";
import type { TokenBytes } from "./token-bytes.ts";

const notJoined = -1;
const unknown = 0;

/** Symbols of bytes, with such characters joined. */
export function joinedCharacters(tokens: TokenBytes, merges: Merges): SymbolsOf {
  const symbolsOfBytes = byteSymbols(tokens);
  const byteIds = tokens.byteIds();
  const joined = new Int32Array(0x10000); // by code point: id + 1
  const symbols = new Int32Array(3);
  let crossed: Uint8Array | undefined;

  /** The token that the character's bytes alone become, or -1. */
  function join(bytes: Uint8Array, start: number, end: number): number {
    const codePoint =
      end - start === 2
        ? ((bytes[start] & 0x1f) << 6) | (bytes[start + 1] & 0x3f)
        : ((bytes[start] & 0x0f) << 12) |
          ((bytes[start + 1] & 0x3f) << 6) |
          (bytes[start + 2] & 0x3f);
    if (joined[codePoint] === unknown) {
      const count = mergeSymbols(symbols, symbolsOfBytes(bytes, start, end, symbols), merges);
      joined[codePoint] = count === 1 ? symbols[0] + 1 : notJoined;
    }
    return joined[codePoint] === notJoined ? -1 : joined[codePoint] - 1;
  }

  return function symbolsOf(bytes, start, end, symbols) {
    let count = 0;
    for (let at = start; at < end;) {
      const first = bytes[at];
      const isShort = first >= 0xc0 && first < 0xf0; // two or three bytes
      if (!isShort) {
        symbols[count++] = byteIds[first];
        at++;
        continue;
      }
      crossed ??= crossedBoundaries(tokens, merges);
      const next = at + (first < 0xe0 ? 2 : 3);
      const isApart =
        (at === start || crossed[(bytes[at - 1] << 8) | first] === 0) &&
        (next === end || crossed[(bytes[next - 1] << 8) | bytes[next]] === 0);
      const id = isApart ? join(bytes, at, next) : -1;
      if (id >= 0) symbols[count++] = id;
      else for (let i = at; i < next; i++) symbols[count++] = byteIds[bytes[i]];
      at = next;
    }
    return count;
  };
}

/** For two bytes, the last of a character and the first of the next, whether some token holds both and only a part of a character. */
export function crossedBoundaries(tokens: TokenBytes, merges: Merges): Uint8Array {
  const crossed = new Uint8Array(0x10000);
  if (!merges.isInOrder(tokens)) return crossed.fill(1);
  const { bytes, starts } = tokens;
  for (let id = 0; id < tokens.size; id++) {
    const end = starts[id + 1];
    let first = starts[id];
    if (first === end || (bytes[first] < 0x80 && bytes[end - 1] < 0x80)) continue;
    while (first < end && isContinuation(bytes[first])) first++;
    if (first === end) continue; // within one character
    if (first > starts[id]) crossed[(bytes[first - 1] << 8) | bytes[first]] = 1;
    let last = end - 1;
    while (isContinuation(bytes[last])) last--;
    const isWhole = last + utf8Length(bytes[last]) === end;
    if (!isWhole && last > starts[id]) crossed[(bytes[last - 1] << 8) | bytes[last]] = 1;
  }
  return crossed;
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

/** How many bytes the character has that starts with this one. */
function utf8Length(first: number): number {
  return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}
