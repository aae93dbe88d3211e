// OpenAI's rank files, rebuilt from those that js-tiktoken ships, where native tiktoken looks before it downloads: it
// checks their SHA-256 against OpenAI's own, so that nobody need trust us.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "./corpora.mjs";

const site = "https://openaipublic.blob.core.windows.net/encodings";
const names = ["r50k_base", "p50k_base", "cl100k_base", "o200k_base"];

/** A folder for TIKTOKEN_CACHE_DIR. */
export async function makeRankFiles() {
  const folder = join(cacheFolder, "tiktoken");
  mkdirSync(folder, { recursive: true });
  for (const name of names) {
    const url = `${site}/${name}.tiktoken`;
    const path = join(folder, createHash("sha1").update(url).digest("hex"));
    if (existsSync(path)) continue;
    const { default: ranks } = await import(`js-tiktoken/ranks/${name}`);
    writeFileSync(path, rankLines(ranks.bpe_ranks));
  }
  return folder;
}

/** `<token in base64> <rank>` a line, from lines `! <first rank> <token> <token> …`. */
function rankLines(packed) {
  const lines = packed.split("\n").flatMap((line) => {
    const [, first, ...tokens] = line.split(" ");
    return tokens.map((token, index) => `${token} ${Number(first) + index}\n`);
  });
  return lines.join("");
}
