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
      for (let word = 0; word < offset; word++) fast.next32();
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

test.each([1, 5, 400])("every %ith of 6,000 outcomes: the draws and the stream of all", (step) => {
  const total = 6000;
  const ids = Int32Array.from({ length: total / step }, (_, i) => i * step);
  const [fast, plain] = [new Generator(3), new Generator(3)];
  for (let draw = 0; draw < 30; draw++) {
    const logits = Float32Array.from(ids, (id) => Math.sin(id * id + draw) * 8);
    const weights = new Float32Array(total);
    softmax(logits.map((logit) => Math.fround(logit / 1.5))).forEach((weight, i) => {
      weights[ids[i]] = weight;
    });
    const expected = plain.multinomial(weights, 1)[0];
    expect(fast.categorical(logits, { ids, total, temperature: 1.5 })).toBe(expected);
  }
  expect(fast.state()).toEqual(plain.state());
});

test("outcomes of probability 0 among the likely ones are never drawn, at temperatures high and low", () => {
  for (const temperature of [0.01, 1, 100]) {
    const logits = Float32Array.from({ length: 3000 }, (_, i) =>
      i % 7 === 0 ? -Infinity : Math.cos(i * i) * 30,
    );
    const [fast, plain] = [new Generator(8), new Generator(8)];
    for (let draw = 0; draw < 20; draw++) {
      const weights = softmax(logits.map((logit) => Math.fround(logit / temperature)));
      expect(fast.categorical(logits, { temperature })).toBe(plain.multinomial(weights, 1)[0]);
    }
  }
});

test("nothing to draw from is an error", () => {
  const logits = new Float32Array(3).fill(-Infinity);
  expect(() => categorical(new Engine(1), logits)).toThrow("expected a logit above -Infinity");
});
