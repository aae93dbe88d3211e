/** @file How long the event loop stands still while models of GPT-2's width, or with a large vocabulary, write: a server lives beside them. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Gpt2, gpt2Presets } from "../models/index.ts";
import { initialize } from "../nn/index.ts";
import { Generator } from "../random/index.ts";
import { loadEncoding } from "../tokenizer/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { matchJsonSchema, matchRegex } from "./constrained/constrain.ts";
import type { ConstraintSource } from "./constrained/constrain.ts";
import { createEngine } from "./engine.ts";
import type { Engine, EngineOptions } from "./engine.ts";
import { Session } from "./session.ts";
import type { Decoder } from "./session.ts";
import { SpeculativeSession } from "./speculative-session.ts";
import { severalOf, writeTexts } from "./write-texts.ts";
import type { TextRequest } from "./write-texts.ts";

const longestStop = 20; // ms
const minuteMs = 60_000;

/** How long this thread has waited for a processor so far, in ms; 0 where the system does not tell. */
function queuedMs(): number {
  try {
    const file = `/proc/self/task/${process.pid}/schedstat`;
    return Number(readFileSync(file, "utf8").split(" ")[1]) / 1e6;
  } catch {
    return 0;
  }
}

/**
 * The longest time between two turns of the event loop while `work` was done, in ms. Waiting for a processor that others
 * have is not counted: nothing here can be done about it.
 */
async function longestStopOf(name: string, work: () => Promise<unknown>): Promise<number> {
  await sleep(20);
  let [last, lastQueued, longest, longestWithQueue] = [performance.now(), queuedMs(), 0, 0];
  const watch = setInterval(() => {
    const [now, queued] = [performance.now(), queuedMs()];
    longest = Math.max(longest, now - last - (queued - lastQueued));
    longestWithQueue = Math.max(longestWithQueue, now - last);
    [last, lastQueued] = [now, queued];
  }, 1);
  await work();
  await sleep(5); // or a stop at the end would not be seen
  clearInterval(watch);
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  console.log(`${name}: ${ms(longest)}, waiting for a processor included ${ms(longestWithQueue)}`);
  return longest;
}

async function engineOf(changes: object, options: EngineOptions = {}): Promise<Engine> {
  const model = new Gpt2({ ...gpt2Presets.gpt2, ...changes });
  initialize(model, new Generator(1), { scheme: "gpt2" });
  return createEngine(model, { quantization: "q8", weights: "moved", ...options });
}

async function write(decoder: Decoder, tokenizer: Tokenizer, requests: readonly TextRequest[]) {
  let numTokens = 0;
  for await (const { token } of writeTexts(decoder, tokenizer, requests)) if (token) numTokens++;
  return numTokens;
}

const promptOf = (length: number) => Array.from({ length }, (_, i) => (i * 7919) % 50_257);

describe("at GPT-2's width", () => {
  let tokenizer: Tokenizer;
  let one: Engine;
  let eight: Engine;
  let draft: Engine;
  beforeAll(async () => {
    tokenizer = await loadEncoding("gpt2");
    one = await engineOf({ numLayers: 4, contextLength: 2048 });
    eight = await engineOf({ numLayers: 12 }, { batchSize: 8 });
    draft = await engineOf({ numLayers: 1, contextLength: 2048 });
    for (const engine of [one, eight, draft]) {
      await write(new Session(engine), tokenizer, [request(10, 5)]); // what is done once is no part of writing
    }
  }, minuteMs);
  afterAll(() => [one, eight, draft].forEach((engine) => engine.release()));

  const request = (promptLength: number, maxNewTokens: number): TextRequest => ({
    ...{ prompt: promptOf(promptLength), maxNewTokens, seed: 1, temperature: 0 },
  });

  test.each<[string, () => [Decoder, TextRequest[]]]>([
    // past the 1024 slots that a cache begins with
    ["the cache grows", () => [new Session(one), [request(1000, 60)]]],
    [
      "sampling",
      () => [
        new Session(one),
        [{ ...request(20, 60), temperature: 0.8, topP: 0.95, stop: ["\n"] }],
      ],
    ],
    ["a long prompt", () => [new Session(one), [request(2000, 5)]]],
    ["the context is full", () => [new Session(one), [request(2034, 30)]]],
    [
      "eight texts of a prompt",
      () => [new Session(eight), severalOf({ ...request(500, 30), temperature: 0.8 }, 8)],
    ],
    [
      "eight prompts",
      () => [new Session(eight), [1, 2, 3, 4, 5, 6, 7, 8].map((n) => request(80 * n, 30))],
    ],
    ["a draft", () => [new SpeculativeSession(one, draft), [request(1000, 60)]]],
  ])("%s", async (name, start) => {
    const [decoder, requests] = start();
    expect(await longestStopOf(name, () => write(decoder, tokenizer, requests))).toBeLessThan(
      longestStop,
    );
  });
});

describe("with 200,000 tokens", () => {
  let tokenizer: Tokenizer;
  let engine: Engine;
  beforeAll(async () => {
    tokenizer = await loadEncoding("o200k_base");
    const { vocabSize } = tokenizer;
    engine = await engineOf({ numLayers: 2, embedDim: 128, numHeads: 2, vocabSize });
    await write(new Session(engine), tokenizer, [{ prompt: [1], maxNewTokens: 5, seed: 1 }]);
  }, minuteMs);
  afterAll(() => engine.release());

  const schema = {
    type: "object",
    properties: {
      name: { type: "string", maxLength: 100 },
      tags: { type: "array", items: { type: "string" } },
      size: { type: "number" },
    },
    required: ["name", "tags", "size"],
  };

  test.each<[string, () => Promise<ConstraintSource>]>([
    ["anything", () => matchRegex(".*", tokenizer)],
    ["counted characters", () => matchRegex(".{0,300}", tokenizer)],
    ["letters of all languages", () => matchRegex("[\\p{L}\\p{N} ]+", tokenizer)],
    ["a JSON schema", () => matchJsonSchema(schema, tokenizer)],
    ["any JSON", () => matchJsonSchema(true, tokenizer)],
  ])("a text held to a grammar: %s", async (name, create) => {
    let constraint: ConstraintSource | undefined;
    const making = await longestStopOf(`${name}, made ready`, async () => {
      constraint = await create();
    });
    const prompt = [1, 2, 3];
    const requests = [
      { prompt, maxNewTokens: 40, seed: 1, temperature: 0.8, topK: 40, constraint },
    ];
    const writing = await longestStopOf(name, () =>
      write(new Session(engine), tokenizer, requests),
    );
    expect(Math.max(making, writing)).toBeLessThan(longestStop);
  });
});
