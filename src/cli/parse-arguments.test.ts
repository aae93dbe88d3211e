import { expect, test } from "vitest";
import { UserError } from "../errors.ts";
import { parseArguments } from "./parse-arguments.ts";

const options = {
  maxSteps: { kind: "whole", least: 1, description: "" },
  learningRate: { kind: "number", description: "" },
  prompt: { kind: "text", hint: "text", description: "" },
  qkvBias: { kind: "flag", description: "" },
  device: { kind: "choice", choices: ["cpu", "webgpu"], description: "" },
} as const;

const parse = (line: string) => parseArguments(line.split(" "), options);

test("values have the kind that the option says; the rest is positional", () => {
  expect(parse("a.txt --max-steps 7 --learning-rate=3e-4 - --qkv-bias --device webgpu b")).toEqual({
    values: { maxSteps: 7, learningRate: 3e-4, qkvBias: true, device: "webgpu" },
    positionals: ["a.txt", "-", "b"],
  });
});

test("a flag is unset with --no-, the last of several counts, and -- ends the options", () => {
  const { values, positionals } = parse(
    "--qkv-bias --no-qkv-bias --max-steps 1 --max-steps 2 -- --x",
  );
  expect(values).toEqual({ qkvBias: false, maxSteps: 2 });
  expect(positionals).toEqual(["--x"]);
});

test.each([
  [
    "--max-step 3",
    "--max-step: expected an option of this command, got an unknown one. Did you mean --max-steps?",
  ],
  ["--zzz", "--zzz: expected an option of this command, got an unknown one. See --help."],
  ["-x", "-x: expected an option of this command, got an unknown one."],
  ["--no-prompt", "--no-prompt: expected an option"],
  ["--maxSteps 3", "Did you mean --max-steps?"],
  ["--max-steps", "--max-steps: expected a value, got none."],
  ["--prompt --qkv-bias", "--prompt: expected a value, got the option --qkv-bias."],
  ["--max-steps abc", '--max-steps: expected a whole number of 1 or more, got "abc".'],
  ["--max-steps 1.5", "--max-steps: expected a whole number"],
  ["--max-steps 0", "--max-steps: expected a whole number of 1 or more"],
  ["--max-steps 0x10", "--max-steps: expected a whole number"],
  ["--max-steps 1e30", "--max-steps: expected a whole number from 1 to 9007199254740991"],
  ["--max-steps -3", "--max-steps: expected a whole number of 1 or more"],
  ["--learning-rate Infinity", "--learning-rate: expected a number"],
  ["--learning-rate=", "--learning-rate: expected a number of 0 or more"],
  ["--qkv-bias=maybe", '--qkv-bias: expected true or false, got "maybe".'],
  ["--device tpu", '--device: expected one of cpu, webgpu, got "tpu".'],
])("%s is refused", (line, message) => {
  expect(() => parse(line)).toThrow(UserError);
  expect(() => parse(line)).toThrow(message);
});
