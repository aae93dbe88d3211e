import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { CharTokenizer, loadEncoding } from "../tokenizer/index.ts";
import { readIds } from "./id-input.ts";
import { runCaptured } from "./testing/captured-terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "tokenizer-decode-"));
afterAll(() => rmSync(folder, { recursive: true }));

const decode = (...words: string[]) => runCaptured(["tokenizer", "decode", ...words]);

test.each(["[6109, 3626, 6100, 345]", "6109 3626 6100 345\n", "6109,3626\n6100,345"])(
  "%j is the sentence, with nothing behind it",
  async (ids) => {
    const expected = { exitCode: 0, output: "Every effort moves you", errors: "" };
    expect(await decode("--encoding", "gpt2", "--ids", ids)).toEqual(expected);
    const words = ["tokenizer", "decode", "--encoding", "gpt2"];
    expect(await runCaptured(words, { stdin: ids })).toEqual(expected);
    const path = join(folder, "ids.json");
    writeFileSync(path, ids);
    expect(await decode("--encoding", "gpt2", path)).toEqual(expected);
  },
);

test("what was encoded comes back exactly", async () => {
  const text = `\ufeff\0 ${"😀中文\r\n\t naïve".repeat(9000)}`;
  const path = join(folder, "text.txt");
  writeFileSync(path, text);
  const { output } = await runCaptured(["tokenizer", "encode", "--encoding", "cl100k_base", path]);
  const words = ["tokenizer", "decode", "--encoding", "cl100k_base"];
  expect((await runCaptured(words, { stdin: output })).output === text).toBe(true);
});

test("a character whose bytes are in several tokens is whole", async () => {
  const tokenizer = await loadEncoding("gpt2");
  const ids = tokenizer.encode("👩‍👩");
  expect(ids.length).toBeGreaterThan(3);
  expect((await decode("--encoding", "gpt2", "--ids", ids.join(" "))).output).toBe("👩‍👩");
});

test("a tokenizer without bytes decodes too", async () => {
  const path = join(folder, "tokenizer.json");
  writeFileSync(path, JSON.stringify(CharTokenizer.fromText("abc").toJson()));
  expect((await decode("--tokenizer", path, "--ids", "2 0 1")).output).toBe("cab");
});

test("ids are read the same however their bytes are cut into pieces", async () => {
  const id = fc.integer({ min: 0, max: 0xffff_ffff });
  await fc.assert(
    fc.asyncProperty(
      fc.array(id),
      fc.integer({ min: 1, max: 9 }),
      fc.boolean(),
      async (ids, size, isJson) => {
        const bytes = Buffer.from(isJson ? JSON.stringify(ids) : ids.join(" "));
        async function* pieces() {
          for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
        }
        const read: number[] = [];
        for await (const piece of readIds("ids", pieces())) read.push(...piece);
        expect(read).toEqual(ids);
      },
    ),
  );
});

test.each([
  ["15496 -1", 'expected token ids, got "-1" at byte 6. Write whole numbers'],
  ["[1.5]", 'got ".5]" at byte 2'],
  ["hello", 'got "hello" at byte 0'],
  ["[1, 2", 'got no "]" at byte 5'],
  ["[[1], [2]]", 'got "[" within a list at byte 1'],
  ["1, 2]", 'got "]" without a list at byte 4'],
  ["99999999999", "got 9999999999"],
  ["50257", "50257"],
])("%j is one line", async (ids, message) => {
  const { exitCode, errors } = await decode("--encoding", "gpt2", `--ids=${ids}`);
  expect(exitCode).toBe(1);
  expect(errors).toContain(message);
  expect(errors.split("\n")).toHaveLength(2);
});
