/** @file How long the event loop stands still while a model of GPT-2's width writes: a server lives beside it. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { expect, test } from "vitest";
import { Gpt2, gpt2Presets } from "../models/index.ts";
import { initialize } from "../nn/index.ts";
import { Generator } from "../random/index.ts";
import { createEngine } from "./engine.ts";
import { generate } from "./generate.ts";

test("the event loop never stands still for 20 ms, not even when the cache grows", async () => {
  const model = new Gpt2({ ...gpt2Presets.gpt2, numLayers: 4, contextLength: 2048 });
  initialize(model, new Generator(1), { scheme: "gpt2" });
  const engine = await createEngine(model, { quantization: "q8", weights: "moved" });
  const write = async (length: number, maxNewTokens: number) => {
    const prompt = Array.from({ length }, (_, i) => (i * 7919) % 50_257);
    for await (const id of generate(engine, prompt, { maxNewTokens }))
      expect(id).toBeLessThan(50_257);
  };
  await write(10, 5);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await write(1000, 60); // past the 1024 slots that a cache begins with
  delay.disable();
  engine.release();
  const longest = delay.max / 1e6;
  console.log(`longest stop: ${longest.toFixed(1)} ms`);
  expect(longest).toBeLessThan(20);
});
