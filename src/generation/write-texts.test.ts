import fc from "fast-check";
import { expect, test } from "vitest";
import type { Tokenizer } from "../tokenizer/index.ts";
import type { Engine } from "./engine.ts";
import { Session } from "./session.ts";
import { StopStrings } from "./stop-strings.ts";
import { severalOf, writeTexts } from "./write-texts.ts";
import type { TextRequest, WrittenPiece } from "./write-texts.ts";

/** Tokens of one to three characters. */
const tokens = ["a", "b", "c", "ab", "bc", "abc", "\n", "E", "EN", "ND", "D"];
const tokenizer: Tokenizer = {
  vocabSize: tokens.length,
  encode: (text) => Uint32Array.from(text, (character) => tokens.indexOf(character)),
  decode: (ids) => Array.from(ids, (id) => tokens[id]).join(""),
  cutPoint: (text) => text.length,
  toJson: () => ({}),
};

/** Says a given text, whatever it reads; the text's ids follow a prompt of one token. */
function engineThatSays(ids: readonly number[]): Engine {
  const lengths = [0];
  return {
    ...{ vocabSize: tokens.length, contextLength: 100, batchSize: 1, cpuFallbacks: [] },
    lengthOf: () => lengths[0],
    truncate: (_row, length) => void (lengths[0] = length),
    copyRow() {},
    append: ([added]) => {
      lengths[0] += added.length;
      const logits = new Float32Array(tokens.length);
      logits[ids[lengths[0] - 1]] = 1000;
      return Promise.resolve([logits]);
    },
    release() {},
  };
}

async function written(ids: readonly number[], request: Partial<TextRequest>) {
  const session = new Session(engineThatSays(ids));
  const pieces: WrittenPiece[] = [];
  const whole = { prompt: [6], maxNewTokens: ids.length, seed: 1, temperature: 0, ...request };
  for await (const piece of writeTexts(session, tokenizer, [whole])) pieces.push(piece);
  return pieces;
}

const textOf = (pieces: readonly WrittenPiece[]) => pieces.map(({ text }) => text).join("");

test("a stop string ends the text wherever it lies among tokens, and nothing of it is shown", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(tokens.length - 1), { minLength: 1, maxLength: 25 }),
      fc.array(fc.constantFrom("END", "abca", "cb", "b\nE", "DD"), { maxLength: 3 }),
      async (ids, stop) => {
        const all = tokenizer.decode(ids);
        const starts = stop.map((each) => all.indexOf(each)).filter((start) => start >= 0);
        const pieces = await written(ids, { stop });
        expect(textOf(pieces)).toBe(starts.length === 0 ? all : all.slice(0, Math.min(...starts)));
        expect(pieces.at(-1)!.finishReason).toBe(starts.length === 0 ? "length" : "stop");
      },
    ),
  );
});

test("what cannot begin a stop string is shown at once", async () => {
  const pieces = await written([0, 8, 0, 1, 7], { stop: ["END"] }); // a EN a b E
  expect(pieces.map(({ text }) => text)).toEqual(["a", "", "ENa", "b", "", "E"]);
});

test("an empty stop string is refused", () => {
  expect(() => new StopStrings([""])).toThrow("stop: expected at least one character");
});

test("samples have seeds of their own", () => {
  const request = { prompt: [1], maxNewTokens: 1, seed: 7 };
  expect(severalOf(request, 3).map(({ seed }) => seed)).toEqual([7, 8, 9]);
});
