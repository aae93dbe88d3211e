/** @file Where a trained tokenizer goes, and in which format. */
import { existsSync, statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { UserError } from "../errors.ts";
import { fileError, placeToWrite } from "../file-errors.ts";
import { writeRankFile } from "../tokenizer/index.ts";
import type { BytePairTokenizer } from "../tokenizer/index.ts";
import { writeFileAtomically } from "../weights/index.ts";

export const outputFormats: readonly ("tokenizer.json" | "tiktoken")[] = [
  "tokenizer.json",
  "tiktoken",
];

export interface TokenizerOutput {
  readonly path: string;
  readonly format: (typeof outputFormats)[number];
}

export interface OutputValues {
  readonly out?: string | undefined;
  readonly format?: TokenizerOutput["format"] | undefined;
  readonly overwrite?: boolean | undefined;
}

const extensions: Readonly<Record<string, TokenizerOutput["format"]>> = {
  ".json": "tokenizer.json",
  ".tiktoken": "tiktoken",
};
const fileNames = { "tokenizer.json": "tokenizer.json", tiktoken: "vocabulary.tiktoken" };

/** The file that `--out` and `--format` name. Throws a UserError where something is in its place. */
export async function chooseOutput({
  out,
  format,
  overwrite,
}: OutputValues): Promise<TokenizerOutput> {
  if (out === undefined || out === "") {
    throw new UserError(
      "--out: expected a folder or a file, got none. Write --out my-tokenizer, or --out my.tiktoken.",
    );
  }
  const isFolder = existsSync(out) && statSync(out).isDirectory();
  const own = isFolder ? undefined : extensions[extname(out)];
  if (own !== undefined && format !== undefined && own !== format) {
    throw new UserError(
      `--format: expected ${own} for ${out}, got ${format}. Leave it out, or name a folder.`,
    );
  }
  const chosen = own ?? format ?? "tokenizer.json";
  const path = own === undefined ? join(out, fileNames[chosen]) : out;
  if (existsSync(path) && !overwrite) {
    throw new UserError(
      `${path}: expected no file of that name, got one. Choose another --out, or add --overwrite.`,
    );
  }
  return { path, format: chosen };
}

/** Writes all or nothing, and gives the path. */
export async function writeTokenizer(
  { path, format }: TokenizerOutput,
  tokenizer: BytePairTokenizer,
): Promise<string> {
  const content =
    format === "tiktoken"
      ? writeRankFile(tokenizer.parts.tokens)
      : `${JSON.stringify(tokenizer.toJson())}\n`;
  await mkdir(dirname(path), { recursive: true }).catch(async (error: unknown) => {
    throw fileError(error, dirname(path), placeToWrite);
  });
  await writeFileAtomically(path, [Buffer.from(content)]);
  return path;
}
