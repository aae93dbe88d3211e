/** Every family trains by the same command, and what comes out is a model like any other. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { families } from "../models/index.ts";
import { viewRun } from "../training/index.ts";
import { readModelConfig } from "../weights/index.ts";
import { runCaptured } from "./testing/captured-terminal.ts";
import type { CaptureOptions } from "./testing/captured-terminal.ts";

const fox = "the quick brown fox jumps over the lazy dog and runs away.\n".repeat(40);
const few =
  "--num-layers 2 --num-heads 2 --embed-dim 32 --block-size 16 --batch-size 4 --max-steps 30 --eval-interval 10".split(
    " ",
  );

let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "families-"));
  await writeFile(at("fox.txt"), fox);
});
afterAll(() => rm(folder, { recursive: true }));

const run = async (words: readonly string[], options?: CaptureOptions) => {
  const result = await runCaptured(words, options);
  expect(result.errors.replaceAll(/^Note: .*\n/gm, "")).toBe(""); // what llama.cpp does not have
  return result;
};

async function lossesOf(path: string): Promise<number[]> {
  const log = await (await viewRun(path)).readLog();
  return log.flatMap((entry) => ("loss" in entry ? [entry["loss"] as number] : []));
}

const others = families.filter(({ name }) => name !== "gpt2");

test.each(others)(
  "$title learns, goes on after a stop, writes, and is converted",
  async (family) => {
    const { name, title } = family;
    const words = ["pretrain", at("fox.txt"), "--family", name, ...few];
    const { output } = await run([...words, "--run", at(name)]);
    expect(output).toContain(`${title}: 2 layers, 2 heads, width 32`);
    const losses = await lossesOf(at(name));
    expect(losses.at(-1)).toBeLessThan(losses[0] - 0.5);

    const stopped = await run([...words, "--run", at(`${name}-stopped`)], {
      onOutput: (text, terminal) => text.includes("step 10/30") && terminal.send("SIGINT"),
    });
    expect(stopped.exitCode).toBe(130);
    await run(["pretrain", "--resume", at(`${name}-stopped`)]);
    expect(await lossesOf(at(`${name}-stopped`))).toEqual(losses);

    const write = async (path: string) => {
      const options = ["--prompt", "the ", "--temperature", "0", "--max-new-tokens", "12"];
      return (await run(["generate", "--model", path, ...options])).output;
    };
    const text = await write(at(name));
    for (const format of ["safetensors", "gguf"]) {
      const out = at(`${name}.${format}`);
      const words = ["convert", at(name), "--to", format, "--out", out];
      expect((await run(words)).exitCode).toBe(0);
      expect((await readModelConfig(out)).family).toBe(family);
      expect(await write(out)).toBe(text);
    }
    const config = await readFile(join(at(`${name}.safetensors`), "config.json"), "utf8");
    expect(JSON.parse(config).architectures).toEqual([family.architecture]);
    const { output: shown } = await run(["inspect", at(name)]);
    expect(shown).toContain(title);
  },
);
