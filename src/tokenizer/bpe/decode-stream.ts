/** @file Text of ids that arrive one by one, such as those that a model generates. */
import { isAsync } from "../wrong-types.ts";

/** Holds bytes back until they are whole characters. */
export class CharacterJoiner {
  readonly #utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

  /** The characters that these bytes complete. */
  push(bytes: Uint8Array): string {
    return this.#utf8.decode(bytes, { stream: true });
  }

  /** U+FFFD if the bytes ended within a character, else nothing. */
  end(): string {
    return this.#utf8.decode();
  }
}

type BytesOf = (id: number) => Uint8Array;

/** Characters as soon as they are whole: from an iterable a generator, from an asynchronous one an asynchronous generator. */
export function decodeStream(
  bytesOf: BytesOf,
  ids: Iterable<number> | AsyncIterable<number>,
): Generator<string> | AsyncGenerator<string> {
  return isAsync("decodeStream", ids) ? decodeLater(bytesOf, ids) : decodeNow(bytesOf, ids);
}

function* decodeNow(bytesOf: BytesOf, ids: Iterable<number>): Generator<string> {
  const characters = new CharacterJoiner();
  for (const id of ids) yield* nonEmpty(characters.push(bytesOf(id)));
  yield* nonEmpty(characters.end());
}

async function* decodeLater(bytesOf: BytesOf, ids: AsyncIterable<number>): AsyncGenerator<string> {
  const characters = new CharacterJoiner();
  for await (const id of ids) yield* nonEmpty(characters.push(bytesOf(id)));
  yield* nonEmpty(characters.end());
}

function nonEmpty(text: string): string[] {
  return text === "" ? [] : [text];
}
