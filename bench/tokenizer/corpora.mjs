// Three corpora of 10 MB in documents of at most 16 KB, made of what can be had by name and kept outside the repository:
// English, Chinese and source code. The same installed versions give the same bytes.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chineseParts } from "./corpus-chinese.mjs";
import { englishParts } from "./corpus-english.mjs";
import { sourceParts } from "./corpus-source.mjs";

const sizeBytes = 10_000_000;
const documentBytes = 16_384;

export const cacheFolder = join(
  process.env.SCRATCHLM_CACHE ?? join(homedir(), ".cache", "scratchlm"),
  "bench-tokenizer",
);

/** Each gives its text in parts, `[share of the corpus in MB, texts]`; the last fills what is missing. */
const corpora = { english: englishParts, chinese: chineseParts, source: sourceParts };

export const corpusNames = Object.keys(corpora);

/** Where a corpus lies, as a JSON array of documents. */
export const corpusPath = (name) => join(cacheFolder, `${name}.json`);

/** The documents of a corpus; made first where they are not there yet. */
export function readCorpus(name) {
  return JSON.parse(readFileSync(corpusPath(name), "utf8"));
}

/** Makes the corpora that are missing. Returns for each its size, number of documents and SHA-256. */
export function makeCorpora({ again = false } = {}) {
  mkdirSync(cacheFolder, { recursive: true });
  return corpusNames.map((name) => {
    const found = again ? undefined : documentsAt(corpusPath(name));
    const documents = found ?? documentsOf(takeShares(corpora[name](cacheFolder)));
    if (!found) writeFileSync(corpusPath(name), JSON.stringify(documents));
    return describe(name, documents);
  });
}

function documentsAt(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
    return undefined;
  }
}

function describe(name, documents) {
  const text = documents.join("");
  const sha256 = createHash("sha256").update(text).digest("hex");
  return { name, sizeBytes: Buffer.byteLength(text), numDocuments: documents.length, sha256 };
}

/** Bytes of all parts up to their shares, each text once. */
function takeShares(parts) {
  const seen = new Set();
  const pieces = [];
  let total = 0;
  parts.forEach(([shareMb, texts], index) => {
    const end = index === parts.length - 1 ? sizeBytes : total + shareMb * 1e6;
    for (const text of texts) {
      if (total >= end) break;
      const hash = createHash("sha256").update(text).digest("hex");
      if (seen.has(hash)) continue;
      seen.add(hash);
      const bytes = Buffer.from(text.toWellFormed());
      pieces.push(bytes.subarray(0, wholeCharacters(bytes, Math.min(bytes.length, end - total))));
      total += pieces.at(-1).length;
    }
  });
  if (total < sizeBytes - 4) throw new Error(`expected ${sizeBytes} bytes of text, got ${total}`);
  return Buffer.concat(pieces);
}

function documentsOf(bytes) {
  const documents = [];
  for (let start = 0; start < bytes.length;) {
    const end = wholeCharacters(bytes, Math.min(start + documentBytes, bytes.length));
    documents.push(bytes.toString("utf8", start, end));
    start = end;
  }
  return documents;
}

/** The last place up to `end` that is no inside of a character. */
function wholeCharacters(bytes, end) {
  while (end < bytes.length && (bytes[end] & 0xc0) === 0x80) end--;
  return end;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.table(makeCorpora({ again: process.argv.includes("--again") }));
  console.log(cacheFolder);
}
