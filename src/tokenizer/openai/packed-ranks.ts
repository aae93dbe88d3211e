/**
 * @file Tokens as `js-tiktoken` packs them: lines of `! id token token …`, where the first token has that id and each next one the next;
 * tokens are base64.
 */
import { TokenBytes } from "../bpe/token-bytes.ts";
import { base64Values } from "./base64.ts";

const space = 0x20;
const lineFeed = 0x0a;
const exclamation = 0x21;
const zero = 0x30;

/** Tokens by id. */
export function readPackedRanks(packed: string): TokenBytes {
  const text = new TextEncoder().encode(packed);
  const bytes = new Uint8Array(text.length);
  const starts = new Uint32Array(text.length >> 1);
  let id = 0;
  let length = 0;
  for (let at = 0; at < text.length;) {
    if (text[at] === exclamation) {
      let first = 0;
      for (at += 2; text[at] !== space; at++) first = 10 * first + text[at] - zero;
      starts.fill(length, id, first);
      id = first;
      at++;
    }
    starts[id++] = length;
    let buffer = 0;
    let numBits = 0;
    for (; at < text.length && text[at] !== space && text[at] !== lineFeed; at++) {
      const value = base64Values[text[at]];
      if (value > 63) continue; // padding
      buffer = (buffer << 6) | value;
      numBits += 6;
      if (numBits >= 8) {
        numBits -= 8;
        bytes[length++] = buffer >> numBits;
      }
    }
    at++;
  }
  starts[id++] = length;
  return new TokenBytes(bytes.slice(0, length), starts.slice(0, id));
}
