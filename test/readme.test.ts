/** @file The READMEs' first program, run as it stands; and what both languages must have in common. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as scratchlm from "../src/index.ts";
import { root } from "./published-sources.ts";

const english = readFileSync(join(root, "README.md"), "utf8");
const chinese = readFileSync(join(root, "README.zh-CN.md"), "utf8");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

const blocks = (text: string, language: string) =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms"))].map(
    ([, block]) => block,
  );
const [program] = blocks(english, "js");

/** Runs a module that imports only from this package; gives what it printed. */
async function run(module: string): Promise<string> {
  let printed = "";
  const body = module.replace(/^import (\{.*?\}) from "scratchlm";$/gms, "const $1 = scratchlm;");
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
  const console = { log: (...words: unknown[]) => (printed += `${words.join(" ")}\n`) };
  const process = { stdout: { write: (text: string) => (printed += text) } };
  await new AsyncFunction("scratchlm", "console", "process", body)(scratchlm, console, process);
  return printed;
}

test("the first program prints what the README says it prints", async () => {
  const [expected] = blocks(english, "text");
  expect((await run(program)).trim()).toBe(expected.trim());
});

test("it has ten lines, imports and lone brackets aside", () => {
  const lines = program.split("\n").filter((line) => line && !/^(import .*|\})$/.test(line));
  expect(lines).toHaveLength(10);
});

test("both READMEs have the same programs, commands and sections", () => {
  for (const language of ["js", "text", "sh"]) {
    const code = (text: string) =>
      blocks(text, language).map((block) => block.replace(/ +(#|\/\/).*$/gm, ""));
    expect(code(chinese)).toEqual(code(english));
  }
  const depths = (text: string) => text.match(/^#+(?= )/gm);
  expect(depths(chinese)).toEqual(depths(english));
});

test.each([english, chinese])("every script and every file that a README names exists", (text) => {
  for (const [, script] of text.matchAll(/npm run ([a-z:]+)/g)) {
    expect(Object.keys(manifest.scripts)).toContain(script);
  }
  for (const [, path] of text.matchAll(/\]\(([^)#:]+)\)/g)) {
    expect([path, existsSync(join(root, path))]).toEqual([path, true]);
  }
});

test.each([english, chinese])("the file tree has a line for every room", (text) => {
  for (const entrance of Object.keys(manifest.exports)) {
    if (entrance === "." || entrance.endsWith(".json")) continue;
    expect(text).toMatch(new RegExp(`^  ${entrance.slice(2)}/ +\\S`, "m"));
  }
});
