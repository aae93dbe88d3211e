import { expect, test } from "vitest";
import { UserError } from "../errors.ts";
import { SimpleTokenizerV1 } from "../tokenizer/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { Continuation } from "./continuation.ts";

/** A token per byte of UTF-8, as byte-pair tokenizers fall back to. */
const bytes: Tokenizer = {
  vocabSize: 256,
  encode: (text) => Uint32Array.from(new TextEncoder().encode(text)),
  decode: (ids) => new TextDecoder().decode(Uint8Array.from(Array.from(ids))),
  cutPoint: (text) => text.length,
  toJson: () => ({}),
};

test("a character of several tokens comes when it is whole", () => {
  const continuation = new Continuation(bytes, bytes.encode("a"));
  const given = [...bytes.encode("é€b")].map((id) => continuation.add(id));
  expect(given).toEqual(["", "é", "", "", "€", "b"]);
  expect(continuation.end()).toBe("");
  expect([continuation.text, continuation.numTokens]).toEqual(["é€b", 6]);
});

test("what never became whole comes at the end", () => {
  const continuation = new Continuation(bytes, [97]);
  expect(continuation.add(0xe2)).toBe("");
  expect(continuation.end()).toBe("\ufffd");
});

test("the pieces of a word tokenizer are the whole text's, spaces included", () => {
  const words = new SimpleTokenizerV1(["!", ",", "hello", "world"]);
  const ids = [...words.encode("hello, world!")];
  const continuation = new Continuation(words, ids.slice(0, 1));
  const text = ids
    .slice(1)
    .map((id) => continuation.add(id))
    .join("");
  expect(`hello${text}`).toBe(words.decode(ids));
});

test("an id that the tokenizer does not have is no text", () => {
  const decode = (ids: ArrayLike<number>) => {
    if (Array.from(ids).some((id) => id >= 256)) throw new UserError("decode: no such token");
    return bytes.decode(ids);
  };
  const continuation = new Continuation({ ...bytes, decode }, [300]);
  expect([97, 256, 0xc3, 299, 0xa9].map((id) => continuation.add(id))).toEqual([
    ...["a", "", "", "", "é"],
  ]);
});
