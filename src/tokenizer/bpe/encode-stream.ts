/** @file Ids of a text that arrives in pieces: what may still change waits for the next piece. */
import { UserError } from "../../errors.ts";
import { isAsync } from "../wrong-types.ts";
import { SpecialTokenError } from "./special-tokens.ts";

/** What streaming needs of a tokenizer. */
export interface StreamEncoder {
  /** Ids of a part of the text; `isLast` says that nothing follows. */
  encode(text: string, isLast: boolean): Uint32Array;
  cutPointAfter(text: string, from: number): number;
}

/** Ids as soon as they are certain: from an iterable a generator, from an asynchronous one an asynchronous generator. */
export function encodeStream(
  encoder: StreamEncoder,
  pieces: Iterable<string> | AsyncIterable<string>,
): Generator<Uint32Array> | AsyncGenerator<Uint32Array> {
  const isLater = isAsync("encodeStream", pieces);
  const waiting = new WaitingText(encoder);
  return isLater ? encodeLater(waiting, pieces) : encodeNow(waiting, pieces);
}

function* encodeNow(waiting: WaitingText, pieces: Iterable<string>): Generator<Uint32Array> {
  for (const piece of pieces) yield* nonEmpty(waiting.push(piece));
  yield* nonEmpty(waiting.end());
}

async function* encodeLater(
  waiting: WaitingText,
  pieces: AsyncIterable<string>,
): AsyncGenerator<Uint32Array> {
  for await (const piece of pieces) yield* nonEmpty(waiting.push(piece));
  yield* nonEmpty(waiting.end());
}

const patience = 64;
const none = new Uint32Array(0);

class WaitingText {
  readonly #encoder: StreamEncoder;
  #text = "";
  /** What came after `#text`. */
  #unread = "";
  /** Units of the whole text before `#text`. */
  #offset = 0;

  constructor(encoder: StreamEncoder) {
    this.#encoder = encoder;
  }

  push(piece: string): Uint32Array {
    if (typeof piece !== "string") {
      throw new UserError(
        `encodeStream: expected pieces of text, got ${typeof piece}. Decode bytes first, for example with TextDecoderStream.`,
      );
    }
    this.#unread += piece;
    // A search reads all that waits: where nothing can be cut, one for each character would take quadratic time.
    if (this.#unread.length * patience < this.#text.length) return none;
    const searched = Math.max(0, this.#text.length - 1);
    this.#read();
    const cut = this.#encoder.cutPointAfter(this.#text, searched);
    return this.#take(cut > searched ? cut : 0, false);
  }

  end(): Uint32Array {
    this.#read();
    return this.#take(this.#text.length, true);
  }

  #read(): void {
    this.#text += this.#unread;
    this.#unread = "";
  }

  #take(length: number, isLast: boolean): Uint32Array {
    const text = this.#text.slice(0, length);
    try {
      const ids = this.#encoder.encode(text, isLast);
      this.#text = this.#text.slice(length);
      this.#offset += length;
      return ids;
    } catch (error) {
      if (!(error instanceof SpecialTokenError)) throw error;
      throw new SpecialTokenError(error.token, error.offset + this.#offset);
    }
  }
}

function nonEmpty(ids: Uint32Array): Uint32Array[] {
  return ids.length === 0 ? [] : [ids];
}
