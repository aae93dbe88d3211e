import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { UserError } from "../errors.ts";
import { describeError } from "./run-cli.ts";
import { runCaptured } from "./testing/captured-terminal.ts";

const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

test("--version prints the package's version alone", async () => {
  expect(await runCaptured(["--version"])).toEqual({
    ...{ exitCode: 0, output: `${manifest.version}\n`, errors: "" },
  });
});

test.each([[[]], [["--help"]], [["-h"]]])("%j lists the commands", async (words) => {
  const { exitCode, output } = await runCaptured(words);
  expect(exitCode).toBe(0);
  for (const name of ["download", "tokenizer", "pretrain", "generate", "inspect"])
    expect(output).toContain(`  ${name}`);
});

test.each(["download", "pretrain", "generate", "inspect"])(
  "%s --help shows options and examples",
  async (name) => {
    const { exitCode, output, errors } = await runCaptured([name, "--anything", "--help"]);
    expect([exitCode, errors]).toEqual([0, ""]);
    expect(output).toContain(`scratchlm ${name} `);
    expect(output).toMatch(/Options\n {2}--/);
    expect(output).toMatch(/Examples\n {2}# /);
  },
);

test.each([[["tokenizer"]], [["tokenizer", "--help"]]])("%j lists the group", async (words) => {
  const { exitCode, output } = await runCaptured(words);
  expect(exitCode).toBe(0);
  for (const name of ["encode", "decode", "inspect"]) expect(output).toContain(`  ${name}`);
});

test.each(["encode", "decode", "inspect"])(
  "tokenizer %s --help shows its options",
  async (name) => {
    const { exitCode, output } = await runCaptured(["tokenizer", name, "--help"]);
    expect(exitCode).toBe(0);
    expect(output).toContain(`scratchlm tokenizer ${name} `);
    expect(output).toMatch(/Options\n {2}--/);
  },
);

test.each([
  [
    ["tokenizer", "encod"],
    "encod: expected a command of tokenizer, got an unknown one. Did you mean encode?\n",
  ],
  [
    ["tokenizer", "--text"],
    "--text: expected a command of tokenizer, got an unknown option. See scratchlm tokenizer --help.\n",
  ],
  [["pretrian"], "pretrian: expected a command, got an unknown one. Did you mean pretrain?\n"],
  [
    ["--verison"],
    "--verison: expected a command, got an unknown option. Did you mean --version?\n",
  ],
])("%j is one line that says what may have been meant", async (words, errors) => {
  expect(await runCaptured(words)).toEqual({ exitCode: 1, output: "", errors });
});

test("a word that is like no command is answered with all of them", async () => {
  const { exitCode, errors } = await runCaptured(["fly"]);
  expect(exitCode).toBe(1);
  expect(errors).toMatch(/^fly: expected a command, got an unknown one\. Choose .*generate.*\.\n$/);
});

test("an error of the user is one line, a mistake of ours shows its stack", () => {
  expect(describeError(new UserError("x: expected a\n  b."))).toBe("x: expected a b.\n");
  const text = describeError(new TypeError("boom"));
  expect(text).toContain("TypeError: boom\n    at ");
  expect(text).toContain("report");
});
