import { afterAll, beforeAll, expect, test } from "vitest";
import { Gpt2 } from "../models/index.ts";
import { initialize } from "../nn/index.ts";
import { Generator } from "../random/index.ts";
import type { Decoded, DecodeRequest } from "./decode-request.ts";
import { createEngine } from "./engine.ts";
import type { Engine } from "./engine.ts";
import { samplerFrom } from "./sampling-options.ts";
import { Session } from "./session.ts";
import type { Decoder } from "./session.ts";
import { SpeculativeSession } from "./speculative-session.ts";

function modelOf(seed: number, contextLength: number, vocabSize = 40): Gpt2 {
  const model = new Gpt2({
    ...{ vocabSize, contextLength, embedDim: 16, numHeads: 2, numLayers: 2, dropoutRate: 0 },
    ...{ hasQkvBias: false, hasTiedHead: true },
  });
  initialize(model, new Generator(seed));
  const { data } = model.tokenEmbedding.weight;
  for (let i = 0; i < data.length; i++) data[i] *= 20;
  return model;
}

let engine: Engine;
/** The model itself, a stranger, and a stranger with less context. */
let drafts: Engine[];
beforeAll(async () => {
  engine = await createEngine(modelOf(3, 32));
  drafts = await Promise.all(
    [modelOf(3, 32), modelOf(4, 32), modelOf(4, 12)].map((each) => createEngine(each)),
  );
});
afterAll(() => [engine, ...drafts].forEach((each) => each.release()));

async function write(decoder: Decoder, requests: readonly DecodeRequest[]): Promise<Decoded[]> {
  const all: Decoded[] = [];
  for await (const each of decoder.decode(requests)) all.push(each);
  return all;
}

const prompts = [[1], [5, 6, 7, 8, 9, 10, 11, 12, 13], [2, 3]];

test("the text is that of the model alone, greedy or drawn, whoever drafts, beyond the context too", async () => {
  const requests = (): DecodeRequest[] => [
    ...prompts.map((prompt) => ({ prompt, maxNewTokens: 45, stopIds: [17] })),
    ...prompts.map((prompt) => ({ prompt, maxNewTokens: 40, overflow: "refuse" as const })),
    ...prompts.map((prompt, i) => ({
      ...{ prompt, maxNewTokens: 20, logProbs: 2 },
      sample: samplerFrom({ temperature: 0.8, topK: 10 }, new Generator(i)),
    })),
  ];
  for (const draft of drafts) {
    for (const draftLength of [1, 4]) {
      const speculative = await write(
        new SpeculativeSession(engine, draft, { draftLength }),
        requests(),
      );
      const alone: Decoded[] = [];
      for (const [request, each] of requests().entries()) {
        for (const one of await write(new Session(engine), [each])) alone.push({ ...one, request });
      }
      const withoutLogProbs = (all: Decoded[]) =>
        all.map((each) =>
          "id" in each ? [each.request, each.id] : [each.request, each.finishReason],
        );
      expect(withoutLogProbs(speculative)).toEqual(withoutLogProbs(alone));
    }
  }
});

test("a draft by the model itself is accepted, and saves runs", async () => {
  let numRuns = 0;
  const counted: Engine = {
    ...{ vocabSize: engine.vocabSize, contextLength: 32, batchSize: 1, cpuFallbacks: [] },
    lengthOf: (row) => engine.lengthOf(row),
    truncate: (row, length) => engine.truncate(row, length),
    copyRow() {},
    append(ids, options) {
      numRuns++;
      return engine.append(ids, options);
    },
    release() {},
  };
  const session = new SpeculativeSession(counted, drafts[0]);
  await write(session, [{ prompt: [1], maxNewTokens: 25 }]);
  expect(session.acceptanceRate).toBe(1);
  expect(numRuns).toBe(5);
});

test("a model of another vocabulary cannot draft", async () => {
  const other = await createEngine(modelOf(3, 32, 41));
  expect(() => new SpeculativeSession(engine, other)).toThrow(
    "draft model: expected the vocabulary of the model, 40 tokens, got 41",
  );
  other.release();
});
