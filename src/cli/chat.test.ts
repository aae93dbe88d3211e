import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Gpt2 } from "../models/index.ts";
import { initialize } from "../nn/index.ts";
import { Generator } from "../random/index.ts";
import { trainBytePair } from "../tokenizer/index.ts";
import { saveModelDirectory } from "../weights/index.ts";
import { lineReader, readMessage } from "./chat-input.ts";
import type { Line, LineReader } from "./chat-input.ts";
import { capturedTerminal, runCaptured } from "./testing/captured-terminal.ts";
import type { CaptureOptions } from "./testing/captured-terminal.ts";

const template =
  "{% for m in messages %}{% if m.role == 'tool' %}{{ raise_exception('no tools') }}{% endif %}" +
  "<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}";

let folder: string;
let model: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "chat-"));
  model = join(folder, "model");
  const specialTokens = ["<|user|>", "<|assistant|>", "<|system|>", "<|end|>"];
  const tokenizer = await trainBytePair(["some words of text"], { vocabSize: 264, specialTokens });
  const gpt2 = new Gpt2({
    ...{
      vocabSize: tokenizer.vocabSize,
      contextLength: 160,
      embedDim: 16,
      numHeads: 2,
      numLayers: 1,
    },
    ...{ dropoutRate: 0, hasQkvBias: true, hasTiedHead: true },
  });
  initialize(gpt2, new Generator(1));
  const endId = tokenizer.specialTokens.get("<|end|>")!;
  await saveModelDirectory(model, { model: gpt2, tokenizer, endId });
});
afterAll(() => rm(folder, { recursive: true }));

/** Gives the model its template; a test without it comes first. */
async function addTemplate() {
  const file = join(model, "tokenizer_config.json");
  const config = JSON.parse(await readFile(file, "utf8"));
  await writeFile(file, JSON.stringify({ ...config, chat_template: template }));
}

const chat = (
  lines: readonly string[],
  words: readonly string[] = [],
  options: CaptureOptions = {},
) =>
  runCaptured(
    ["chat", "--model", model, ..."--max-new-tokens 8 --temperature 0".split(" "), ...words],
    { stdin: lines.map((line) => `${line}\n`).join(""), ...options },
  );

test("a model without a template is refused, unless plain is asked for", async () => {
  const { exitCode, errors } = await chat(["hello"]);
  expect(exitCode).toBe(1);
  expect(errors).toMatch(/expected a model with a chat template, got none.*--template plain/);
  const plain = await chat(["hello"], ["--template", "plain"]);
  expect([plain.exitCode, plain.errors]).toEqual([0, ""]);
});

describe("with its template", () => {
  beforeAll(addTemplate);

  test("it answers each line, and what was said counts", async () => {
    const saved = join(folder, "saved.json");
    const { exitCode, output, errors } = await chat(
      ["hello", "and \\", "more", `/save ${saved}`, "/quit", "never asked"],
      ["--system", "Be brief."],
    );
    expect([exitCode, errors]).toEqual([0, ""]);
    const { messages } = JSON.parse(await readFile(saved, "utf8"));
    expect(messages.map(({ role }: { role: string }) => role)).toEqual(
      "system user assistant user assistant".split(" "),
    );
    expect(messages[3].content).toBe("and \nmore");
    expect(output).toBe(`${messages[2].content}\n${messages[4].content}\n`);
  });

  test("a conversation that was reset is a new one; a system message changes it", async () => {
    const { output: once } = await chat(["hello"]);
    expect((await chat(["one", "/reset", "hello"])).output.endsWith(`\n${once}`)).toBe(true);
    const saved = join(folder, "system.json");
    await chat(["one", "/system You are a cat.", `/save ${saved}`]);
    expect(JSON.parse(await readFile(saved, "utf8"))).toEqual({
      messages: [{ role: "system", content: "You are a cat." }],
    });
  });

  test("Ctrl-C stops the answer and not the program", async () => {
    let isSent = false;
    const { exitCode, output } = await chat(["hello", "/help"], ["--max-new-tokens", "100"], {
      onOutput: (text, terminal) => {
        if (!isSent && text.length > 2) terminal.send("SIGINT");
        isSent ||= text.length > 2;
      },
    });
    expect(exitCode).toBe(0);
    expect(output.indexOf("\n/reset")).toBeLessThan(60); // a hundred tokens would be longer
  });

  test("SIGTERM ends it", async () => {
    const { exitCode } = await chat(["hello", "hello"], ["--max-new-tokens", "100"], {
      onOutput: (text, terminal) => void (text.length > 2 && terminal.send("SIGTERM")),
    });
    expect(exitCode).toBe(143);
  });

  test("what goes wrong is a line, and the chat goes on", async () => {
    const long = "many words ".repeat(40);
    const { exitCode, output, errors } = await chat([
      ...["/rest", "/save", "/save /none/chat.json", long, "hello"],
    ]);
    expect(exitCode).toBe(0);
    expect(errors.trimEnd().split("\n")).toEqual([
      "/rest: expected a command of the chat, got an unknown one. Did you mean /reset?",
      "/save: expected the name of a file, got none.",
      "/none/chat.json: expected a place that can be written, got nothing at that path. Check the path.",
      expect.stringContaining("expected a conversation of at most 160 tokens, the context"),
    ]);
    expect(output).toBe((await chat(["hello"])).output);
  });
});

test("blocks and continued lines are one message", async () => {
  const readerOf = (...lines: Line[]): LineReader => ({
    read: () => Promise.resolve(lines.shift() ?? "end"),
    close() {},
  });
  const texts = (...lines: string[]) => readerOf(...lines.map((text) => ({ text })));
  const read = (reader: LineReader) => readMessage(reader, "> ");
  expect(await read(texts("a\\", "b\\", "c", "d"))).toEqual({ text: "a\nb\nc" });
  expect(await read(texts('"""', "a", "", "b", '"""', "c"))).toEqual({ text: "a\n\nb" });
  expect(await read(texts('"""a', 'b"""'))).toEqual({ text: "a\nb" });
  expect(await read(texts('"""a"""'))).toEqual({ text: "a" });
  expect(await read(readerOf({ text: "a\\" }, "interrupted"))).toBe("interrupted");
  expect(await read(texts('"""a'))).toBe("end");
});

test("typed lines come one by one; Ctrl-C clears a line, and at an empty one interrupts", async () => {
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  const reader = lineReader({ ...capturedTerminal(), stdin });
  const after = async (keys: string) => {
    const line = reader.read("> ");
    stdin.write(keys);
    return line;
  };
  expect(await after("hello\r")).toEqual({ text: "hello" });
  expect(await after("again\r")).toEqual({ text: "again" });
  expect(await after("abc\x03")).toEqual({ text: "" });
  expect(await after("\x03")).toBe("interrupted");
  expect(await after("\x04")).toBe("end");
});
