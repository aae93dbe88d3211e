/** @file Which tokenizer a command works with: one of OpenAI's encodings by name, or the one that lies at a path. */
import { existsSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { UserError } from "../errors.ts";
import { fileError } from "../file-errors.ts";
import { loadEncoding, loadTokenizer, openaiEncodings } from "../tokenizer/index.ts";
import type { OpenAiEncodingName, Tokenizer } from "../tokenizer/index.ts";
import type { OptionValues } from "./option.ts";

const names = Object.keys(openaiEncodings);

export const tokenizerOptions = {
  encoding: {
    kind: "choice",
    choices: names,
    description: "one of OpenAI's encodings",
  },
  tokenizer: {
    kind: "text",
    hint: "path",
    description: "instead: a tokenizer.json, or a run or model folder that has one",
  },
} as const;

export interface NamedTokenizer {
  /** The encoding, or the path as it was given. */
  readonly name: string;
  readonly tokenizer: Tokenizer;
}

/** The tokenizer that exactly one of `--encoding` and `--tokenizer` names. */
export async function chooseTokenizer(
  values: OptionValues<typeof tokenizerOptions>,
): Promise<NamedTokenizer> {
  const { encoding, tokenizer } = values;
  if ((encoding === undefined) === (tokenizer === undefined)) {
    const got = encoding === undefined ? "neither" : "both";
    throw new UserError(
      `tokenizer: expected --encoding or --tokenizer, got ${got}. Write --encoding o200k_base, or --tokenizer <path>.`,
    );
  }
  return encoding === undefined ? tokenizerAt(tokenizer!) : encodingNamed(encoding);
}

/** Of an encoding; another name is an error. */
export async function encodingNamed(name: string): Promise<NamedTokenizer> {
  return { name, tokenizer: await loadEncoding(name as OpenAiEncodingName) };
}

/** The tokenizer in a file, or in a folder's `tokenizer.json`, with what `tokenizer_config.json` beside it says. */
export async function tokenizerAt(path: string): Promise<NamedTokenizer> {
  if (!existsSync(path)) throw nothingAt(path);
  const file = statSync(path).isDirectory() ? join(path, "tokenizer.json") : path;
  if (!existsSync(file)) {
    throw new UserError(
      `${path}: expected a folder with a tokenizer.json, got one without. Name a run, a model folder or the file itself.`,
    );
  }
  try {
    const json = await readJson(file);
    const configFile = join(dirname(file), "tokenizer_config.json");
    const config = existsSync(configFile) ? await readJson(configFile) : undefined;
    return { name: path, tokenizer: loadTokenizer(json, config) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.message.replace(/^tokenizer\.json:/, `${file}:`), { cause: error });
  }
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, "utf8").catch(async (error: unknown) => {
    throw fileError(error, path);
  });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UserError(`${path}: expected JSON, got something else. Name a tokenizer.json.`, {
      cause,
    });
  }
}

function nothingAt(path: string): UserError {
  const advice = names.includes(path)
    ? `Write --encoding ${path}.`
    : `Check the path; OpenAI's encodings go by --encoding.`;
  return new UserError(
    `${path}: expected a tokenizer.json or a folder with one, got nothing. ${advice}`,
  );
}
