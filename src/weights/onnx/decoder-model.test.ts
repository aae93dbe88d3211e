/** The exported graph against transformers' own numbers: a whole text, the same in steps, and rows of different lengths. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CacheProbe } from "../../nn/index.ts";
import { positions, reshape } from "../../ops/index.ts";
import type { TensorValue } from "../../runtime/onnx/element-type.ts";
import { encodeModel } from "../../runtime/onnx/model.ts";
import { NodeSession } from "../../runtime/onnx/session-node.ts";
import { openModel } from "../open-model.ts";
import { openSafetensors } from "../safetensors.ts";
import { decoderModel } from "./decoder-model.ts";

const fixtures = join(import.meta.dirname, "../../../test/fixtures/models");

const families = [
  ...["gpt2-tiny", "llama2-tiny", "llama3-tiny", "mistral-tiny", "qwen3-tiny"],
  ...["qwen3-moe-tiny", "gemma3-tiny", "olmo3-tiny"],
];

async function open(name: string) {
  const folder = join(fixtures, name);
  const { model } = await openModel(folder);
  const answers = await openSafetensors(join(folder, "expected.safetensors"));
  const logits = await answers.readFloat32("logits");
  await answers.close();
  const expected = JSON.parse(await readFile(join(folder, "expected.json"), "utf8"));
  return { model, logits, ids: (expected.input_ids as number[][] | number[]).flat() };
}

type Opened = Awaited<ReturnType<typeof open>>;

/** Runs the graph as transformers.js does: what comes out of one run as `present` goes into the next. */
async function runner({ model }: Opened) {
  const session = await NodeSession.create(encodeModel(decoderModel(model)));
  const probe = new CacheProbe(1);
  model.hiddenStates(reshape(positions(1), [1, 1]), { cache: probe });
  const V = model.config.vocabSize;
  let past = new Map<string, TensorValue>();
  return {
    session,
    async run(ids: readonly number[][], mask: readonly number[][]): Promise<Float32Array> {
      const [B, T, S] = [ids.length, ids[0].length, mask[0].length];
      const int64 = (rows: readonly number[][]): TensorValue => ({
        ...{ dtype: "int64", shape: [B, rows[0].length] },
        data: BigInt64Array.from(rows.flat(), BigInt),
      });
      const at = mask.map((row) => {
        let count = 0;
        return row.map((one) => Math.max(0, (count += one) - 1)).slice(S - T);
      });
      const cache = (P: number) =>
        probe.layers.flatMap(({ numKvHeads, headDim }, layer) =>
          ["key", "value"].map((part) => {
            const shape = [B, numKvHeads, P, headDim];
            const data = new Float32Array(B * numKvHeads * P * headDim);
            return [`${layer}.${part}`, { dtype: "float32", shape, data }] as const;
          }),
        );
      const before = past.size > 0 ? past : new Map<string, TensorValue>(cache(0));
      const after = new Map<string, TensorValue>(cache(S));
      const named = (prefix: string, values: ReadonlyMap<string, TensorValue>) =>
        [...values].map(([name, value]) => [`${prefix}.${name}`, value] as const);
      const logits = {
        dtype: "float32",
        shape: [B, T, V],
        data: new Float32Array(B * T * V),
      } as const;
      await session.run(
        new Map([
          ["input_ids", int64(ids)],
          ["attention_mask", int64(mask)],
          ["position_ids", int64(at)],
          ...named("past_key_values", before),
        ]),
        new Map<string, TensorValue>([["logits", logits], ...named("present", after)]),
      );
      past = after;
      return logits.data;
    },
  };
}

const ones = (length: number) => new Array<number>(length).fill(1);

/** Relative to the largest value, as the fixtures' notes ask. */
function expectClose(got: Float32Array, expected: Float32Array): void {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const worst = got.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0);
  expect(got.length).toBe(expected.length);
  expect(worst / largest).toBeLessThan(1e-4);
}

describe.each(families)("%s", (name) => {
  test("a whole text at once", async () => {
    const opened = await open(name);
    const { run, session } = await runner(opened);
    expectClose(await run([opened.ids], [ones(opened.ids.length)]), opened.logits);
    session.release();
  });

  test("in steps of 5, 1, 1, 8, 1, 1, 1 and the rest", async () => {
    const opened = await open(name);
    const { run, session } = await runner(opened);
    const V = opened.model.config.vocabSize;
    for (const [from, to] of [
      [0, 5],
      [5, 6],
      [6, 7],
      [7, 15], // past a window of 8
      [15, 16],
      [16, 17],
      [17, 18],
      [18, opened.ids.length],
    ]) {
      const got = await run([opened.ids.slice(from, to)], [ones(to)]);
      expectClose(got, opened.logits.subarray(from * V, to * V));
    }
    session.release();
  });

  test("a row with padding before it beside one without", async () => {
    const opened = await open(name);
    const { run, session } = await runner(opened);
    const [T, V] = [opened.ids.length, opened.model.config.vocabSize];
    const rows = [[0, 0, 0, ...opened.ids.slice(0, T - 3)], opened.ids];
    const got = await run(rows, [[0, 0, 0, ...ones(T - 3)], ones(T)]);
    expectClose(got.subarray(3 * V, T * V), opened.logits.subarray(0, (T - 3) * V));
    expectClose(got.subarray(T * V), opened.logits);
    session.release();
  });
});
