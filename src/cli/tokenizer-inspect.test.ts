import { expect, test } from "vitest";
import { runCli } from "./run-cli.ts";
import { capturedTerminal, runCaptured } from "./testing/captured-terminal.ts";
import { tokenGrid } from "./token-grid.ts";
import { columnsOf, visibleText } from "./visible-text.ts";

const inspect = (...words: string[]) => runCaptured(["tokenizer", "inspect", ...words]);

test("tokens stand above their ids, and are counted in other vocabularies", async () => {
  const { exitCode, output } = await inspect(
    "--encoding",
    "gpt2",
    "--text",
    "Every effort moves you",
  );
  expect(exitCode).toBe(0);
  const [tokens, ids] = output.split("\n");
  expect(tokens).toBe("Every│·effort│·moves│·you");
  expect(ids).toBe("6109 │3626   │6100  │345");
  expect(output).toContain("gpt2: 4 tokens, 22 characters, 22 bytes, 5.50 bytes per token");
  expect(output).toMatch(/^gpt2 +50,257 +4 +5\.50 +1\.00$/m);
  expect(output).toMatch(/^cl100k_base +100,277 +4 +5\.50 +1\.00$/m);
  expect(output).toMatch(/^o200k_base +200,019 +4 +5\.50 +1\.00$/m);
});

test("with colours, neighbours differ and no lines are between", async () => {
  const terminal = { ...capturedTerminal(), hasColor: true, columns: 80 };
  const bytes = (text: string) => Buffer.from(text);
  const grid = tokenGrid(
    [
      { id: 1, bytes: bytes("a") },
      { id: 22, bytes: bytes(" b") },
    ],
    terminal,
  );
  expect(grid).not.toContain("│");
  expect(grid).toContain("\u001b[46ma\u001b[49m"); // cyan
  expect(grid).toContain("\u001b[43m·b\u001b[49m"); // yellow
});

test("lines keep to the width of the terminal, wide characters included", async () => {
  const terminal = capturedTerminal({ columns: 40 });
  await runCli(
    [
      "tokenizer",
      "inspect",
      "--encoding",
      "o200k_base",
      "--text",
      "中文文本 and words ".repeat(40),
    ],
    terminal,
  );
  const grid = terminal.output.split("\no200k_base:")[0];
  for (const line of grid.split("\n")) expect(columnsOf(line)).toBeLessThanOrEqual(40);
});

test("what cannot be seen is shown, and parts of characters as bytes", () => {
  expect(visibleText(Buffer.from(" a\t\r\n\0\u200b\ufeff"))).toBe("·a→␍⏎␀<U+200B>␣BOM");
  expect(visibleText(Uint8Array.of(0xe4, 0xb8, 97, 0xff))).toBe("<e4><b8>a<ff>");
  expect(columnsOf("a中😀é")).toBe(6);
});

test("only so many tokens are shown, all are counted", async () => {
  const { output } = await inspect("--encoding", "gpt2", "--max-tokens", "2", "--text", "a b c d");
  expect(output).toContain("a │·b");
  expect(output).not.toContain("·c");
  expect(output).toContain("… and 2 more (--max-tokens)");
  expect(output).toContain("4 tokens");
});

test("JSON has every token with its bytes, and the costs", async () => {
  const { output } = await inspect("--encoding", "gpt2", "--json", "--compare", "", "--text", "é€");
  const shown = JSON.parse(output);
  expect(shown).toMatchObject({ name: "gpt2", numTokens: 2, numCharacters: 2, sizeBytes: 5 });
  expect(shown.tokens.flatMap(({ bytes }: { bytes: number[] }) => bytes)).toEqual([
    ...Buffer.from("é€"),
  ]);
  expect(shown.costs).toEqual([
    { name: "gpt2", vocabSize: 50257, numTokens: 2, bytesPerToken: 2.5 },
  ]);
});

test("a special token in the text is an error in words of the command line", async () => {
  const { exitCode, errors } = await inspect("--text", "a <|endoftext|>");
  expect(exitCode).toBe(1);
  expect(errors).toMatch(
    /^inspect: .*"<\|endoftext\|>" at offset 2\. Allow it with --allow-special/,
  );
});

test("an empty text, and a name that is no vocabulary", async () => {
  expect((await inspect("--text", "")).output).toContain("o200k_base: 0 tokens");
  const { exitCode, errors } = await inspect("--text", "a", "--compare", "gtp2");
  expect(exitCode).toBe(1);
  expect(errors).toContain("gtp2: expected a tokenizer.json or a folder with one, got nothing.");
});
