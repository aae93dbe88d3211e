/** @file The short story of chapter 2, The Verdict by Edith Wharton, from the folder `SCRATCHLM_DATA`. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const path = join(process.env["SCRATCHLM_DATA"] ?? "", "the-verdict.txt");

export const hasVerdict = Boolean(process.env["SCRATCHLM_DATA"]) && existsSync(path);

export const verdict = (): string => readFileSync(path, "utf8");
