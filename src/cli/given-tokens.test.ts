import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openTokenFile } from "../data/index.ts";
import { loadEncoding } from "../tokenizer/index.ts";
import { runCaptured } from "./testing/captured-terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "given-tokens-"));
afterAll(() => rmSync(folder, { recursive: true }));

const tiny = ["--max-steps", "1", "--embed-dim", "8", "--num-heads", "1", "--num-layers", "1"];
const sizes = [...tiny, "--block-size", "8", "--batch-size", "1", "--sample-tokens", "1"];

const pretrain = (file: string, ...words: string[]) =>
  runCaptured(["pretrain", file, "--run", join(folder, "run"), "--overwrite", ...sizes, ...words]);

test("a model is trained on nanoGPT's ids", async () => {
  const gpt2 = await loadEncoding("gpt2");
  const ids = gpt2.encode("It was the best of times, it was the worst of times. ".repeat(20));
  const file = join(folder, "train.bin");
  writeFileSync(file, Uint16Array.from(ids));
  const { exitCode, errors, output } = await pretrain(file, "--encoding", "gpt2");
  expect([exitCode, errors]).toEqual([0, ""]);
  expect(output).toContain("bits per byte");
  const kept = openTokenFile(join(folder, "run/tokens.bin"), gpt2);
  expect(kept.length).toBe(ids.length);
  kept.close();
});

test("ids of an unknown or of another tokenizer are one clear error", async () => {
  const file = join(folder, "other.bin");
  writeFileSync(file, Uint16Array.of(1, 2, 60_000, 4));
  const without = await pretrain(file);
  expect(without.errors).toContain("For GPT-2's write --encoding gpt2.");
  const { exitCode, errors } = await pretrain(file, "--encoding", "gpt2");
  expect(exitCode).toBe(1);
  expect(errors).toContain("expected ids below 50257, those of gpt2, got 60000 at position 2.");
  const several = await pretrain(file, file, "--encoding", "gpt2");
  expect(several.errors).toContain("expected one folder or file of token ids alone, got 2");
});
