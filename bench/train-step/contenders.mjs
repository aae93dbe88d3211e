// Who takes part, by which command, and how one run of it becomes a record.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { outputOf } from "../output-of.mjs";

const fileOf = (name) => fileURLToPath(new URL(name, import.meta.url));
const python = process.env.PYTHON ?? "python3";

/**
 * `maxSteps` bounds a contender whose single step takes minutes: that many timed steps, no warm-up,
 * in the first round only.
 */
export const contenders = [
  { name: "pytorch", command: [python, "pytorch.py"] },
  { name: "pytorch-bf16", command: [python, "pytorch.py", "--bf16"] },
  { name: "pytorch-compile", command: [python, "pytorch.py", "--compile"] },
  { name: "scratchlm", command: [process.execPath, "scratchlm.mjs"] },
  { name: "nanogpt", command: [process.execPath, "nanogpt.mjs"], maxSteps: 1 },
];

function argumentsOf({ maxSteps }, shape, { steps, warmup, threads, limit }) {
  const timed = maxSteps
    ? ["--steps", Math.min(steps, maxSteps), "--warmup", 0, "--limit", limit]
    : [];
  const usual = ["--steps", steps, "--warmup", warmup];
  return ["--shape", shape, "--threads", threads, ...(maxSteps ? timed : usual)].map(String);
}

/** Runs one contender in a process of its own: its JSON line, or `skipped` or `error` with why. */
export async function runContender(contender, shape, options) {
  const [program, script, ...flags] = contender.command;
  const record = { contender: contender.name };
  if (!existsSync(fileOf(script))) return { ...record, skipped: `${script} does not exist` };
  const args = [fileOf(script), ...flags, ...argumentsOf(contender, shape, options)];
  const { code, stdout, stderr, startError } = await outputOf(program, args);
  if (startError?.code === "ENOENT") return { ...record, skipped: `there is no ${program}` };
  if (startError) return { ...record, error: startError.message };
  if (code !== 0) return { ...record, error: `ended with ${code}: ${stderr.trim().slice(-2000)}` };
  const line = stdout.trim().split("\n").at(-1);
  return { ...record, ...JSON.parse(line), contender: contender.name };
}
