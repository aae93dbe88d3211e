/**
 * @file The second half of `npm run build`: OpenAI's vocabularies, which the source reads from js-tiktoken, become modules of `dist` that are a third
 * smaller and read faster. What was packed is read again and compared.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { RankMerges } from "../dist/tokenizer/bpe/merges.js";
import { packMerges, readPackedMerges } from "../dist/tokenizer/openai/packed-merges.js";
import { readPackedRanks } from "../dist/tokenizer/openai/packed-ranks.js";

/** By the name of the function that loads it. */
const vocabularies = {
  loadR50k: "r50k_base",
  loadP50k: "p50k_base",
  loadCl100k: "cl100k_base",
  loadO200k: "o200k_base",
};

const folder = new URL("../dist/tokenizer/openai/", import.meta.url);
mkdirSync(new URL("vocabularies/", folder), { recursive: true });
const loaders = [`import { readPackedMerges } from "./packed-merges.js";`];
for (const [load, name] of Object.entries(vocabularies)) {
  const { default: ranks } = await import(`js-tiktoken/ranks/${name}`);
  const tokens = readPackedRanks(ranks.bpe_ranks);
  const packed = packMerges(tokens, new RankMerges(tokens));
  const { tokens: again } = readPackedMerges(packed);
  const isSame =
    Buffer.compare(again.bytes, tokens.bytes) === 0 && again.starts.join() === tokens.starts.join();
  if (!isSame) throw new Error(`${name}: what was packed reads differently`);
  writeFileSync(new URL(`vocabularies/${name}.js`, folder), `export default "${packed}";\n`);
  loaders.push(
    `export const ${load} = async () =>\n  readPackedMerges((await import("./vocabularies/${name}.js")).default);`,
  );
}
writeFileSync(new URL("vocabularies.js", folder), loaders.join("\n") + "\n");
