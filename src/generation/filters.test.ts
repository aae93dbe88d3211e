/** Filters against transformers' logits processors, and draws from a wide vocabulary against torch: test/fixtures/sampling. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Generator } from "../random/index.ts";
import { Candidates } from "./candidates.ts";
import { frequencyPenalty, logitBias, presencePenalty, repetitionPenalty } from "./penalties.ts";
import { sampler } from "./sampler.ts";
import type { LogitsFilter } from "./sampler.ts";
import { samplerFrom } from "./sampling-options.ts";
import { minP, temperature, topK, topP } from "./truncation.ts";

interface Answers {
  readonly logits: readonly (readonly number[])[];
  readonly text: readonly number[];
  readonly chains: Readonly<Record<string, readonly (readonly (number | null)[])[]>>;
  readonly wideDraws: Readonly<Record<string, readonly number[]>>;
}
const answers: Answers = JSON.parse(
  readFileSync(new URL("../../test/fixtures/sampling/answers.json", import.meta.url), "utf8"),
);
const text = { ids: answers.text, promptLength: 2 };

/** What filters leave of logits: null where they ruled out. */
function applied(filters: readonly LogitsFilter[], logits: readonly number[]): (number | null)[] {
  const candidates = new Candidates(logits.length);
  candidates.reset(Float32Array.from(logits));
  for (const filter of filters) filter(candidates, text);
  const left: (number | null)[] = logits.map(() => null);
  for (let i = 0; i < candidates.count; i++) left[candidates.ids[i]] = candidates.logits[i];
  return left;
}

const chains: Readonly<Record<string, readonly LogitsFilter[]>> = {
  "temperature 0.7": [temperature(0.7)],
  "top-k 1": [topK(1)],
  "top-k 10": [topK(10)],
  "top-k 63": [topK(63)],
  "top-p 0.01": [topP(0.01)],
  "top-p 0.5": [topP(0.5)],
  "top-p 0.9": [topP(0.9)],
  "top-p 0.999": [topP(0.999)],
  "min-p 0.02": [minP(0.02)],
  "min-p 0.5": [minP(0.5)],
  "repetition 1.3": [repetitionPenalty(1.3)],
  "repetition 0.6": [repetitionPenalty(0.6)],
  bias: [
    logitBias(
      new Map([
        [3, 2.5],
        [9, -4],
      ]),
    ),
  ],
  all: [repetitionPenalty(1.2), topK(30), temperature(1.5), topP(0.8), minP(0.1)],
};

test("every chain of the fixture is tested", () => {
  expect(Object.keys(chains)).toEqual(Object.keys(answers.chains));
});

test.each(Object.keys(chains))("%s: what transformers leaves", (name) => {
  for (const [row, logits] of answers.logits.entries()) {
    const actual = applied(chains[name], logits);
    answers.chains[name][row].forEach((expected, id) => {
      if (expected === null) expect([row, id, actual[id]]).toEqual([row, id, null]);
      else expect(actual[id]).toBeCloseTo(expected, 5); // a float32 division more or less
    });
  }
});

/** What top-p keeps, by sorting everything. */
function nucleusOf(logits: Float32Array, p: number, heat: number): number[] {
  const largest = Math.max(...logits);
  const weights = Array.from(logits, (logit) => Math.exp((logit - largest) / heat));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const order = [...weights.keys()].sort((a, b) => weights[b] - weights[a]);
  let held = 0;
  const numKept = order.findIndex((id) => (held += weights[id]) >= p * total) + 1;
  return order.slice(0, numKept).sort((a, b) => a - b);
}

test.each([
  ["peaked", 12],
  ["usual", 3],
  ["flat", 0.1],
])(
  "top-k and top-p of 5,000 %s logits are what sorting finds, at any temperature",
  (_name, std) => {
    const logits = new Float32Array(5000);
    new Generator(11).normal(logits, { std });
    const kept = (filter: LogitsFilter) => {
      const candidates = new Candidates(5000);
      candidates.reset(logits);
      filter(candidates, text);
      return [...candidates.ids.subarray(0, candidates.count)];
    };
    for (const p of [0.01, 0.3, 0.95, 0.9999]) {
      for (const heat of [0.5, 1, 2]) {
        expect(kept(topP(p, heat))).toEqual(nucleusOf(logits, p, heat));
      }
    }
    const ranked = [...logits.keys()].sort((a, b) => logits[b] - logits[a]);
    for (const k of [1, 5, 78, 79, 600, 4999, 5000, 9999]) {
      expect(kept(topK(k))).toEqual(ranked.slice(0, k).sort((a, b) => a - b));
    }
  },
);

test("presence and frequency count what was generated, not the prompt", () => {
  const zeros = new Array<number>(8).fill(0);
  // generated after the prompt 3, 7: 7, 1, 3, 60
  const short = { ids: [3, 7, 7, 1, 7], promptLength: 2 };
  const candidates = new Candidates(8);
  candidates.reset(Float32Array.from(zeros));
  presencePenalty(0.5)(candidates, short);
  frequencyPenalty(0.25)(candidates, short);
  expect([...candidates.logits]).toEqual([0, -0.75, 0, 0, 0, 0, 0, -1]);
});

test.each([1, 0.5])("50,257 logits at temperature %s: torch's draws for a seed", (heat) => {
  const logits = new Float32Array(50257);
  new Generator(7).normal(logits);
  for (let i = 0; i < logits.length; i++) logits[i] *= 4;
  const sample = samplerFrom({ temperature: heat }, new Generator(42));
  const draws = answers.wideDraws[heat.toFixed(1)].map(() => sample(logits));
  expect(draws).toEqual(answers.wideDraws[heat.toFixed(1)]);
});

test("what was ruled out still takes its random numbers: the stream stays PyTorch's", () => {
  const logits = Float32Array.from({ length: 3000 }, (_, id) => Math.sin(id) * 5);
  const [few, all] = [new Generator(5), new Generator(5)];
  const sampleFew = sampler([topK(7), temperature(2)], few);
  for (let draw = 0; draw < 20; draw++) {
    const weights = new Float32Array(3000);
    const threshold = logits.toSorted().at(-7)!;
    logits.forEach((logit, id) => (weights[id] = logit < threshold ? 0 : Math.exp(logit / 2 - 2)));
    expect(sampleFew(logits)).toBe(all.multinomial(weights, 1)[0]);
  }
  expect(few.state()).toEqual(all.state());
});

test("bias and penalties change what is likeliest at temperature 0", () => {
  const sample = samplerFrom(
    { temperature: 0, logitBias: new Map([[2, -Infinity]]), repetitionPenalty: 2 },
    new Generator(1),
  );
  expect(sample(Float32Array.of(1, 2, 3, 1.5), { ids: [1], promptLength: 0 })).toBe(3);
});
