/** @file `scratchlm convert`: a model from one format to another, tensor by tensor. */
import { existsSync } from "node:fs";
import { UserError } from "../errors.ts";
import { openPublishedModel, type OpenedSource } from "../weights/index.ts";
import { defineCommand } from "./command.ts";
import { convertTargets, dtypeFor, targetNames } from "./convert-targets.ts";
import { listenForInterruption } from "./interruption.ts";
import { modelPath } from "./model-path.ts";
import { formatBytes, formatCount } from "./number-format.ts";
import type { OptionValues } from "./option.ts";
import { paint } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";
import { TensorLine } from "./tensor-line.ts";

const options = {
  to: { kind: "choice", choices: targetNames, description: "the format to write" },
  out: { kind: "text", hint: "path", description: "the file or folder to write" },
  dtype: {
    kind: "choice",
    choices: ["f32", "f16", "bf16", "q8_0", "q4_0"],
    description:
      "numbers of the matrices (f32 for gguf, else as stored); q8_0 and q4_0 for gguf and onnx",
  },
  shardSize: {
    kind: "number",
    description: "most GB in one file of safetensors (5)",
  },
  json: { kind: "flag", description: "print JSON when all is written" },
} as const;

type Values = OptionValues<typeof options>;

export const convertCommand = defineCommand({
  usage: "convert <model> --to <format> --out <path>",
  description:
    "Converts a model: a folder in Hugging Face's layout, a run, a downloaded model, a GGUF file or OpenAI's TensorFlow checkpoint of GPT-2. " +
    "The kind is told from the content. Ctrl-C leaves nothing half-written.",
  options,
  examples: [
    ["convert gpt2 --to gguf --out gpt2.gguf --dtype q8_0", "for llama.cpp and Ollama, in 8 bits"],
    ["convert runs/my --to gguf --out my.gguf", "what was trained here"],
    ["convert gpt2 --to onnx --out gpt2-onnx --dtype q8_0", "for transformers.js"],
    ["convert model.gguf --to safetensors --out model", "a GGUF file for transformers"],
    ["convert models/124M --to safetensors --out gpt2", "OpenAI's own files of GPT-2"],
  ],
  async run({ values, positionals }, terminal) {
    const { to, out } = requireChoices(values, positionals);
    const source = await openPublishedModel(await modelPath(positionals[0]));
    const line = new TensorLine(terminal);
    const interruption = listenForInterruption(terminal, () => line.end());
    try {
      const written = await convertTargets[to].write(out, source.model, {
        dtype: dtypeFor(to, values.dtype),
        shardBytes: shardBytesFrom(values),
        signal: interruption.signal,
        onTensor: (done, total) => line.show(done, total),
      });
      line.end();
      await conclude(source, written.notes, { to, out, values, terminal });
    } catch (error) {
      line.end();
      if (error !== interruption.signal.reason) throw error;
      terminal.stderr.write("Stopped. Nothing was written.\n");
    } finally {
      interruption.end();
      await source.model.close();
    }
    return interruption.exitCode ?? 0;
  },
});

type Target = keyof typeof convertTargets;

function requireChoices(
  { to, out }: Values,
  positionals: readonly string[],
): { readonly to: Target; readonly out: string } {
  if (positionals.length !== 1) {
    throw new UserError(
      `convert: expected one model, got ${positionals.length || "none"}. Try scratchlm convert gpt2 --to gguf --out gpt2.gguf.`,
    );
  }
  if (to === undefined) throw missing("--to", `one of ${targetNames.join(", ")}`);
  if (out === undefined) throw missing("--out", "a path to write to");
  if (existsSync(out)) {
    throw new UserError(
      `${out}: expected a path that is free, got one that is taken. Choose another name.`,
    );
  }
  return { to, out };
}

function shardBytesFrom({ shardSize }: Values): number | undefined {
  if (shardSize === undefined || shardSize > 0) return shardSize && shardSize * 1e9;
  throw new UserError(`--shard-size: expected a number above 0, got ${shardSize}.`);
}

function missing(flag: string, expected: string): UserError {
  return new UserError(`${flag}: expected ${expected}, got none. See scratchlm convert --help.`);
}

interface Outcome {
  readonly to: Target;
  readonly out: string;
  readonly values: Values;
  readonly terminal: Terminal;
}

async function conclude(
  { kind, model }: OpenedSource,
  notes: readonly string[],
  { to, out, values, terminal }: Outcome,
): Promise<void> {
  const sizeBytes = await convertTargets[to].sizeOf(out);
  const numTensors = model.weights.entries.size;
  const all = [...model.notes, ...notes];
  const from = { path: model.path, kind };
  if (values.json) {
    const report = { from, to, out, numTensors, sizeBytes, notes: all };
    return terminal.stdout.write(`${JSON.stringify(report)}\n`);
  }
  for (const note of all) terminal.stderr.write(`${paint(terminal, "yellow", "Note")}: ${note}.\n`);
  const what = `${formatCount(numTensors)} tensors, ${formatBytes(sizeBytes)}`;
  terminal.stdout.write(`${out}: ${what}\nNext: ${convertTargets[to].next(out, all)}\n`);
}
