import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UserError } from "../errors.ts";
import { Gpt2 } from "../models/index.ts";
import { initialize } from "../nn/index.ts";
import { Generator } from "../random/index.ts";
import type { DecodeRequest, FinishReason } from "./decode-request.ts";
import { createEngine } from "./engine.ts";
import type { Engine } from "./engine.ts";
import { generate } from "./generate.ts";
import { samplerFrom } from "./sampling-options.ts";
import { Session } from "./session.ts";

const V = 40;
const model = new Gpt2({
  ...{ vocabSize: V, contextLength: 24, embedDim: 16, numHeads: 2, numLayers: 2, dropoutRate: 0 },
  ...{ hasQkvBias: false, hasTiedHead: true },
});
initialize(model, new Generator(3));
for (const value of [model.tokenEmbedding.weight]) {
  for (let i = 0; i < value.data.length; i++) value.data[i] *= 20; // bold enough to prefer some tokens
}

let engines: Engine[];
beforeAll(async () => {
  engines = await Promise.all([1, 3, 8].map((batchSize) => createEngine(model, { batchSize })));
});
afterAll(() => engines.forEach((engine) => engine.release()));

interface Text {
  readonly ids: number[];
  finishReason?: FinishReason;
}

async function write(session: Session, requests: readonly DecodeRequest[], signal?: AbortSignal) {
  const texts: Text[] = requests.map(() => ({ ids: [] }));
  for await (const decoded of session.decode(requests, { signal })) {
    if ("id" in decoded) texts[decoded.request].ids.push(decoded.id);
    else texts[decoded.request].finishReason = decoded.finishReason;
  }
  return texts;
}

const promptOf = (length: number, seed: number) =>
  Array.from({ length }, (_, i) => (seed * 11 + i * 7) % V);

/** Prompts of several lengths, two of them the same, each sampled from a seed of its own. */
const requests = (): DecodeRequest[] =>
  [promptOf(1, 1), promptOf(9, 2), promptOf(9, 2), promptOf(24, 3), promptOf(30, 4)].map(
    (prompt, i) => ({
      ...{ prompt, maxNewTokens: 6 + 5 * i, stopIds: [7] },
      sample: samplerFrom({ temperature: 0.9, topK: 20 }, new Generator(50 + i)),
    }),
  );

test("a text does not depend on what is written beside it, nor on the rows there are", async () => {
  const alone: Text[] = [];
  for (const request of requests()) {
    alone.push(...(await write(new Session(engines[0]), [request])));
  }
  expect(alone.flatMap(({ ids }) => ids).length).toBeGreaterThan(20);
  for (const engine of engines) expect(await write(new Session(engine), requests())).toEqual(alone);
});

test("several texts of one prompt read it once", async () => {
  const session = new Session(engines[1]);
  const lengths: number[] = [];
  const counted: Engine = Object.assign(Object.create(engines[1]) as Engine, {
    lengthOf: (row: number) => engines[1].lengthOf(row),
    truncate: (row: number, length: number) => engines[1].truncate(row, length),
    copyRow: (from: number, to: number) => engines[1].copyRow(from, to),
    append: (ids: readonly ArrayLike<number>[], options: object) => {
      lengths.push(...ids.map(({ length }) => length));
      return engines[1].append(ids, options);
    },
    ...{ batchSize: 3, contextLength: 24, vocabSize: V },
  });
  const prompt = promptOf(15, 5);
  const three = [1, 2, 3].map((seed) => ({
    ...{ prompt, maxNewTokens: 3 },
    sample: samplerFrom({}, new Generator(seed)),
  }));
  const texts = await write(new Session(counted), three);
  expect(lengths.filter((length) => length > 1)).toEqual([14]);
  expect(texts).toEqual(
    await write(
      session,
      [...three].map((each, i) => ({
        ...each,
        sample: samplerFrom({}, new Generator(i + 1)),
      })),
    ),
  );
});

describe("a chat", () => {
  test("reads only what is new, and says what it would say without a memory", async () => {
    const session = new Session(engines[0]);
    const prompt = promptOf(6, 6);
    const [first] = await write(session, [{ prompt, maxNewTokens: 5 }]);
    const next = [...prompt, ...first.ids, 3, 4];
    const lengthBefore = engines[0].lengthOf(0);
    expect(lengthBefore).toBe(10); // the last token was not read
    const [second] = await write(session, [{ prompt: next, maxNewTokens: 4 }]);
    const [fresh] = await write(new Session(engines[0]), [{ prompt: next, maxNewTokens: 4 }]);
    expect(second).toEqual(fresh);
    const [other] = await write(session, [{ prompt: [...prompt.slice(0, 3), 1], maxNewTokens: 4 }]);
    const [otherFresh] = await write(new Session(engines[0]), [
      { prompt: [...prompt.slice(0, 3), 1], maxNewTokens: 4 },
    ]);
    expect(other).toEqual(otherFresh);
  });
});

test("why a text ended", async () => {
  const session = new Session(engines[1]);
  const [greedy] = await write(session, [{ prompt: [1], maxNewTokens: 3 }]);
  expect(greedy.finishReason).toBe("length");
  const texts = await write(session, [
    { prompt: [1], maxNewTokens: 3, stopIds: [greedy.ids[0]] },
    { prompt: [1], maxNewTokens: 3, isFinal: ({ ids, promptLength }) => ids.length > promptLength },
    { prompt: promptOf(20, 1), maxNewTokens: 30, overflow: "refuse" },
    { prompt: promptOf(20, 1), maxNewTokens: 30, overflow: "slide" },
    { prompt: [1], maxNewTokens: 0 },
  ]);
  expect(texts.map(({ finishReason }) => finishReason)).toEqual([
    ..."stop stop context length length".split(" "),
  ]);
  expect(texts.map(({ ids }) => ids.length)).toEqual([0, 1, 5, 30, 0]); // the fifth token of a full context is not read
  await expect(
    write(session, [{ prompt: promptOf(25, 1), maxNewTokens: 1, overflow: "refuse" }]),
  ).rejects.toThrow("expected a prompt of at most 24 tokens, the context, got 25");
  await expect(write(session, [{ prompt: [], maxNewTokens: 1 }])).rejects.toThrow(UserError);
});

test("beyond the context half of it is forgotten at a time: what is seen depends on the length alone", async () => {
  const prompt = promptOf(20, 1);
  const [{ ids }] = await write(new Session(engines[0]), [{ prompt, maxNewTokens: 60 }]);
  const text = [...prompt];
  const numSeen: number[] = [];
  for (const id of ids) {
    const start = [0, 12, 24, 36, 48, 60].find((each) => text.length - each <= 24)!;
    numSeen.push(text.length - start);
    const [fresh] = await write(new Session(engines[0]), [
      { prompt: text.slice(start), maxNewTokens: 1 },
    ]);
    expect(fresh.ids).toEqual([id]);
    const [resumed] = await write(new Session(engines[1]), [{ prompt: text, maxNewTokens: 1 }]);
    expect(resumed.ids).toEqual([id]);
    text.push(id);
  }
  expect([Math.min(...numSeen), Math.max(...numSeen)]).toEqual([13, 24]);
});

test("beyond the context, most tokens are read one at a time", async () => {
  let numRead = 0;
  const counted: Engine = {
    ...{ vocabSize: V, contextLength: 24, batchSize: 1, cpuFallbacks: [], release() {} },
    lengthOf: (row) => engines[0].lengthOf(row),
    truncate: (row, length) => engines[0].truncate(row, length),
    copyRow() {},
    append(ids, options) {
      numRead += ids[0].length;
      return engines[0].append(ids, options);
    },
  };
  await write(new Session(counted), [{ prompt: promptOf(24, 1), maxNewTokens: 121 }]);
  expect(numRead).toBe(24 + 10 * (13 + 11)); // half a context anew, then the other half one by one
});

test("a signal ends every text at once, and the session goes on", async () => {
  const session = new Session(engines[1]);
  const controller = new AbortController();
  const endless = requests().map((each) => ({ ...each, maxNewTokens: Infinity, stopIds: [] }));
  let count = 0;
  const reasons: FinishReason[] = [];
  for await (const each of session.decode(endless, { signal: controller.signal })) {
    if ("id" in each && ++count === 10) controller.abort();
    if ("finishReason" in each) reasons.push(each.finishReason);
  }
  expect(count).toBeLessThan(13);
  expect(reasons).toEqual(Array(5).fill("aborted"));
  const [after] = await write(session, requests());
  expect(after).toEqual((await write(new Session(engines[0]), requests()))[0]);
});

test("log-probabilities are those of the model, whatever was sampled from", async () => {
  const session = new Session(engines[0]);
  const sample = samplerFrom({ topK: 1, temperature: 3 }, new Generator(1));
  for await (const each of session.decode([
    { prompt: [3, 1], maxNewTokens: 4, sample, logProbs: V },
  ])) {
    if (!("id" in each)) continue;
    const { logProb, top } = each.logProbs!;
    expect(top[0]).toEqual({ id: each.id, logProb });
    expect(top).toHaveLength(V);
    expect(top.reduce((sum, { logProb: each }) => sum + Math.exp(each), 0)).toBeCloseTo(1, 6);
    expect(top.every(({ logProb: each }, i) => i === 0 || each <= top[i - 1].logProb)).toBe(true);
  }
});

test("generate is the loop for one text", async () => {
  const ids: number[] = [];
  for await (const id of generate(engines[0], [5, 6], { maxNewTokens: 30 })) ids.push(id);
  const [text] = await write(new Session(engines[0]), [{ prompt: [5, 6], maxNewTokens: 30 }]);
  expect(ids).toEqual(text.ids);
});
