// Whether our ids are native tiktoken's, for every encoding, on every document of the three corpora; and whether decoding
// gives the text back.

import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { outcomeOf, runScript } from "./contenders.mjs";
import { cacheFolder, corpusNames, corpusPath, readCorpus } from "./corpora.mjs";
import { makeRankFiles } from "./rank-files.mjs";

const encodings = [
  ...["gpt2", "r50k_base", "p50k_base", "p50k_edit"],
  ...["cl100k_base", "o200k_base", "o200k_harmony"],
];

/** Records `{ encoding, numDocuments, numTokens, difference }`; no difference means equal. */
export async function measureEquality({ say }) {
  const env = { TIKTOKEN_CACHE_DIR: await makeRankFiles() };
  const corpora = corpusNames.map((name) => ({ name, documents: readCorpus(name) }));
  const records = [];
  for (const encoding of encodings) {
    const out = join(cacheFolder, `${encoding}.ids`);
    const args = [
      "--encoding",
      encoding,
      "--out",
      out,
      "--corpora",
      ...corpusNames.map(corpusPath),
    ];
    const { lines, ...problem } = outcomeOf(
      await runScript("ids", { isPython: true }, args, { env }),
    );
    const found = lines ? await compare(encoding, corpora, uint32At(out)) : problem;
    rmSync(out, { force: true });
    records.push({ encoding, ...found });
    say(equalityLine(records.at(-1)));
  }
  return records;
}

function uint32At(path) {
  const bytes = readFileSync(path);
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}

async function compare(encoding, corpora, expected) {
  const { loadEncoding } = await import("../../dist/tokenizer/index.js");
  const tokenizer = await loadEncoding(encoding);
  let at = 0;
  let [numTokens, numDocuments] = [0, 0];
  for (const { name, documents } of corpora) {
    for (const [index, text] of documents.entries()) {
      const ids = tokenizer.encode(text, { disallowedSpecial: [] });
      const theirs = expected.subarray(at + 1, at + 1 + expected[at]);
      at += 1 + theirs.length;
      numTokens += theirs.length;
      numDocuments++;
      const where = `document ${index} of ${name}`;
      const first = theirs.findIndex((id, i) => id !== ids[i]);
      if (first !== -1 || ids.length !== theirs.length)
        return { numDocuments, numTokens, difference: `${where}, token ${first}` };
      if (tokenizer.decode(ids) !== text)
        return { numDocuments, numTokens, difference: `${where} decodes to another text` };
    }
  }
  return { numDocuments, numTokens };
}

function equalityLine({ encoding, skipped, error, numDocuments, numTokens, difference }) {
  if (skipped ?? error)
    return `${encoding}: ${skipped ? `skipped, ${skipped}` : `failed, ${error}`}`;
  const counted = `${numTokens.toLocaleString("en")} tokens of ${numDocuments} documents`;
  return `${encoding}: ${counted}, ${difference ? `DIFFERENT at ${difference}` : "all equal"}`;
}

export const equalityList = (records) => records.map((one) => `- ${equalityLine(one)}`).join("\n");
