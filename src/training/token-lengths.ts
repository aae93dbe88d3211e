/** @file How many bytes of text each token stands for, so that losses per token become bits per byte exactly. */
import type { Tokenizer } from "../tokenizer/index.ts";

const unknown = -1;

/** Lengths of tokens in bytes of UTF-8, looked up once. */
export class TokenLengths {
  readonly #tokenizer: Tokenizer;
  readonly #lengths: Int32Array;

  constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
    this.#lengths = new Int32Array(tokenizer.vocabSize).fill(unknown);
  }

  /** The bytes of all `ids` together. */
  total(ids: Int32Array): number {
    let total = 0;
    for (const id of ids) {
      if (this.#lengths[id] === unknown) this.#lengths[id] = lengthOf(this.#tokenizer, id);
      total += this.#lengths[id];
    }
    return total;
  }
}

/** Where a token may be part of a character, its tokenizer knows its bytes. */
function lengthOf(tokenizer: Tokenizer, id: number): number {
  return hasBytes(tokenizer)
    ? tokenizer.tokenBytes(id).length
    : Buffer.byteLength(tokenizer.decode([id]));
}

interface HasBytes {
  tokenBytes(id: number): Uint8Array;
}

function hasBytes(tokenizer: Tokenizer): tokenizer is Tokenizer & HasBytes {
  return "tokenBytes" in tokenizer && typeof tokenizer.tokenBytes === "function";
}
