import { expect, test } from "vitest";
import { categorical } from "./categorical.ts";
import { Engine } from "./engine.ts";
import { Generator } from "./generator.ts";

const softmax = (logits: Float32Array) => {
  const peak = logits.reduce((most, logit) => Math.max(most, logit), -Infinity);
  return logits.map((logit) => Math.exp(logit - peak));
};

test.each([1, 2, 311, 312, 313, 5000])(
  "%i outcomes: the draws and the stream of multinomial",
  (n) => {
    const logits = Float32Array.from({ length: n }, (_, i) => Math.sin(i * i) * 6 - 90);
    for (const offset of [0, 1, 622, 623]) {
      const [fast, plain] = [new Engine(9), new Generator(9)];
      fast.skip(offset);
      plain.uniform(new Float32Array(offset)); // a word each
      for (let draw = 0; draw < 30; draw++) {
        const weights = softmax(logits.map((logit) => Math.fround(logit / 0.7)));
        const expected = plain.multinomial(weights, 1)[0];
        expect(categorical(fast, logits, { temperature: 0.7 })).toBe(expected);
      }
      expect(fast.state()).toEqual(plain.state());
    }
  },
);

test("nothing to draw from is an error", () => {
  const logits = new Float32Array(3).fill(-Infinity);
  expect(() => categorical(new Engine(1), logits)).toThrow("expected a logit above -Infinity");
});
