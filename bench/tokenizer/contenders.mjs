// Who takes part, in the order of the tables, and how one of our scripts is run for it in a process of its own.

import { fileURLToPath } from "node:url";
import { outputOf } from "../output-of.mjs";

const python = process.env.SCRATCHLM_PYTHON ?? process.env.PYTHON ?? "python3";

/** `isPython` contenders are what a native library reaches, called from Python. */
export const contenders = [
  { name: "scratchlm" },
  { name: "tiktoken-native", isPython: true },
  { name: "ai-tokenizer" },
  { name: "gpt-tokenizer" },
  { name: "tiktoken-wasm" },
  { name: "tokenizers-native", isPython: true },
  { name: "js-tiktoken" },
  { name: "@huggingface/tokenizers" },
];

/** Runs `<script>.py` for contenders of Python and `<script>.mjs` for the others. */
export function runScript(script, { isPython }, args, options) {
  const path = fileURLToPath(new URL(`${script}.${isPython ? "py" : "mjs"}`, import.meta.url));
  return outputOf(isPython ? python : process.execPath, [path, ...args.map(String)], options);
}

/** The JSON lines that a script printed, or `skipped` or `error` with why there are none. */
export function outcomeOf({ code, stdout, stderr, isTimeout, startError }) {
  if (startError?.code === "ENOENT") return { skipped: `there is no ${python}` };
  if (startError) return { error: startError.message };
  const lines = stdout
    .trim()
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  if (isTimeout) return { lines, isTimeout };
  if (/^ModuleNotFoundError|ERR_MODULE_NOT_FOUND/m.test(stderr))
    return { skipped: "not installed" };
  return code === 0 ? { lines } : { error: `ended with ${code}: ${stderr.trim().slice(-1500)}` };
}
