/** Models from one format to another on the command line. */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { byteTokenizerJson } from "../weights/testing/byte-tokenizer.ts";
import { openModel } from "../weights/index.ts";
import { runCli } from "./run-cli.ts";
import type { StopSignal } from "./terminal.ts";
import { capturedTerminal, runCaptured } from "./testing/captured-terminal.ts";

const fixture = join(import.meta.dirname, "../../test/fixtures/models/gpt2-tiny");

let folder: string;
let source: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "convert-"));
  source = join(folder, "source");
  await cp(fixture, source, { recursive: true });
  await writeFile(join(source, "tokenizer.json"), byteTokenizerJson());
});
afterEach(() => rm(folder, { recursive: true }));

const convert = (...words: string[]) => runCaptured(["convert", ...words]);

test("to GGUF and back is the same model", async () => {
  const gguf = join(folder, "model.gguf");
  const back = join(folder, "back");
  const there = await convert(source, "--to", "gguf", "--out", gguf);
  expect(there).toMatchObject({ exitCode: 0, errors: "" });
  expect(there.output).toMatch(/model\.gguf: 40 tensors, 408 kB\nNext: llama-cli -m /i);
  const home = await convert(gguf, "--to", "safetensors", "--out", back, "--json");
  expect(home).toMatchObject({ exitCode: 0, errors: "" });
  expect(JSON.parse(home.output)).toMatchObject({
    ...{
      from: { path: gguf, kind: "gguf" },
      to: "safetensors",
      out: back,
      numTensors: 40,
      notes: [],
    },
  });
  expect((await readdir(back)).sort()).toEqual([
    ...["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"],
  ]);
  const weights = [source, back].map((path) => readFile(join(path, "model.safetensors")));
  const [before, after] = await Promise.all(weights);
  expect(after.length).toBeGreaterThan(0.9 * before.length);
  const { tokenizer } = await openModel(back);
  expect(tokenizer?.vocabSize).toBe(256);
});

test("a GGUF file is read wherever a folder is, with its tokenizer", async () => {
  const gguf = join(folder, "model.gguf");
  await convert(source, "--to", "gguf", "--out", gguf);
  const write = (model: string, ...words: string[]) =>
    runCaptured(["generate", "--model", model, "--prompt", "ab", ...words]);
  const greedy = ["--max-new-tokens", "6", "--temperature", "0"];
  expect(await write(gguf, ...greedy)).toEqual(await write(source, ...greedy));
  expect(await write(gguf, ...greedy, "--draft-model", gguf)).toMatchObject({ exitCode: 0 });
  const text = join(folder, "text.txt");
  await writeFile(text, "a little text ".repeat(20));
  const measured = await runCaptured(["evaluate", "--model", gguf, text, "--json"]);
  const losses = JSON.parse(measured.output).results.map((one: { loss: number }) => one.loss);
  expect(losses).toHaveLength(3);
});

test("half precision and small files", async () => {
  const out = join(folder, "out");
  const words = ["--to", "safetensors", "--dtype", "bf16", "--shard-size", "0.0001", "--out", out];
  expect(await convert(source, ...words)).toMatchObject({ exitCode: 0 });
  const names = await readdir(out);
  expect(names).toContain("model.safetensors.index.json");
  expect(names.filter((name) => name.startsWith("model-")).length).toBeGreaterThan(1);
  expect(JSON.parse(await readFile(join(out, "config.json"), "utf8")).dtype).toBe("bfloat16");
});

test.each([
  [[], "convert: expected one model, got none."],
  [["SOURCE"], "--to: expected one of gguf, safetensors, onnx, got none."],
  [["SOURCE", "--to", "gguf"], "--out: expected a path to write to, got none."],
  [["SOURCE", "--to", "gguf", "--out", "SOURCE"], "expected a path that is free, got one that is"],
  [
    ["SOURCE", "--to", "safetensors", "--dtype", "q8_0", "--out", "OUT"],
    "--dtype: expected one of f32, f16, bf16 for --to safetensors, got q8_0.",
  ],
  [
    ["SOURCE", "--to", "safetensors", "--shard-size", "0", "--out", "OUT"],
    "--shard-size: expected a number above 0, got 0.",
  ],
  [["nothing-here", "--to", "gguf", "--out", "OUT"], "nothing-here: expected"],
])("%j is told what is missing", async (words, message) => {
  const paths: Readonly<Record<string, string>> = { SOURCE: source, OUT: join(folder, "out") };
  const given = words.map((word) => paths[word] ?? word);
  const { exitCode, output, errors } = await convert(...given);
  expect([exitCode, output]).toEqual([1, ""]);
  expect(errors).toContain(message);
  expect(await readdir(folder)).toEqual(["source"]);
});

test("files that run code when they are read are not read", async () => {
  await rm(join(source, "model.safetensors"));
  const zip = Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0);
  await writeFile(join(source, "pytorch_model.bin"), zip);
  const words = ["--to", "gguf", "--out", join(folder, "out")];
  const { errors } = await convert(source, ...words);
  expect(errors).toMatch(
    /pytorch_model\.bin: expected weights that are plain numbers, got pickled/,
  );
  expect(errors).toMatch(/AutoModelForCausalLM\.from_pretrained\(.*\)\.save_pretrained/);
  expect((await runCaptured(["generate", "--model", source, "--prompt-ids", "5"])).errors).toBe(
    errors,
  );
  await writeFile(join(folder, "raw.pth"), Uint8Array.of(0x80, 2, 0x7d, 0x71));
  expect((await convert(join(folder, "raw.pth"), ...words)).errors).toMatch(
    /safetensors\.torch\.save_file\(torch\.load\(".*raw\.pth", weights_only=True\)/,
  );
});

test("Ctrl-C leaves nothing behind", async () => {
  const terminal = capturedTerminal();
  const pressing = {
    ...terminal,
    onStopSignal(listener: (signal: StopSignal) => void) {
      queueMicrotask(() => listener("SIGINT"));
      return terminal.onStopSignal(listener);
    },
  };
  const out = join(folder, "out.gguf");
  const exitCode = await runCli(["convert", source, "--to", "gguf", "--out", out], pressing);
  expect([exitCode, terminal.errors]).toEqual([130, "Stopped. Nothing was written.\n"]);
  expect(await readdir(folder)).toEqual(["source"]);
});
