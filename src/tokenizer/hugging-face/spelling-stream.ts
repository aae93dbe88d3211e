/** @file Text of ids that arrive one by one, where decoders look at neighbours: each new token is decoded after the one before it. */
import { CharacterJoiner } from "../bpe/decode-stream.ts";
import { isAsync } from "../wrong-types.ts";
import type { TokenSpellings } from "./token-spellings.ts";

/** Text as soon as it is certain: from an iterable a generator, from an asynchronous one an asynchronous generator. */
export function spellingStream(
  spellings: TokenSpellings,
  ids: Iterable<number> | AsyncIterable<number>,
  skipsSpecial: boolean,
): Generator<string> | AsyncGenerator<string> {
  const text = spellings.isByteLevel ? new JoinedBytes(spellings) : new TextSoFar(spellings);
  const push = (id: number) => (skipsSpecial && spellings.isSpecial(id) ? "" : text.push(id));
  return isAsync("decodeStream", ids) ? streamLater(text, push, ids) : streamNow(text, push, ids);
}

interface Decoding {
  /** The text that this token completes. */
  push(id: number): string;
  /** What is left. */
  end(): string;
}

function* streamNow(
  text: Decoding,
  push: (id: number) => string,
  ids: Iterable<number>,
): Generator<string> {
  for (const id of ids) yield* nonEmpty(push(id));
  yield* nonEmpty(text.end());
}

async function* streamLater(
  text: Decoding,
  push: (id: number) => string,
  ids: AsyncIterable<number>,
): AsyncGenerator<string> {
  for await (const id of ids) yield* nonEmpty(push(id));
  yield* nonEmpty(text.end());
}

function nonEmpty(text: string): string[] {
  return text === "" ? [] : [text];
}

class JoinedBytes implements Decoding {
  readonly #spellings: TokenSpellings;
  readonly #characters = new CharacterJoiner();

  constructor(spellings: TokenSpellings) {
    this.#spellings = spellings;
  }

  push(id: number): string {
    return this.#characters.push(this.#spellings.bytesOf(id));
  }

  end(): string {
    return this.#characters.end();
  }
}

const longestCharacter = 4; // bytes
const replacement = "\ufffd"; // what bytes are that are no character, or not yet

class TextSoFar implements Decoding {
  readonly #spellings: TokenSpellings;
  /** Tokens whose text is out, for the others to be decoded after. */
  #before: number[] = [];
  #waiting: number[] = [];

  constructor(spellings: TokenSpellings) {
    this.#spellings = spellings;
  }

  push(id: number): string {
    this.#waiting.push(id);
    const text = this.#text();
    const mayBecomeWhole =
      text.endsWith(replacement) &&
      !this.#spellings.of(id).endsWith(replacement) &&
      this.#waiting.length < longestCharacter;
    return mayBecomeWhole ? "" : this.#take(text);
  }

  end(): string {
    return this.#take(this.#text());
  }

  #text(): string {
    const known = this.#spellings.decode(this.#before);
    const text = this.#spellings.decode([...this.#before, ...this.#waiting]);
    // Bytes that are no character would undo the whole one before them, which is out.
    return text.startsWith(known)
      ? text.slice(known.length)
      : this.#spellings.decode(this.#waiting);
  }

  #take(text: string): string {
    this.#before = this.#waiting;
    this.#waiting = [];
    return text;
  }
}
