// What a browser has to fetch to encode with one vocabulary: each encoder bundled and minified for the browser, its
// vocabulary apart, both as gzip makes them.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { gptOssFiles, versionOf } from "./encoders.mjs";

const isVocabulary =
  /(js-tiktoken[^]*\/ranks|gpt-tokenizer[^]*\/bpeRanks|ai-tokenizer[^]*\/encoding|openai\/vocabularies)\/\w+(\.js)?$/;

/** Programs that encode a text with one vocabulary. */
const entriesFor = (encoding) => ({
  scratchlm: `
    import { loadEncoding } from "../../dist/tokenizer/index.js";
    export const encode = async (text) => (await loadEncoding("${encoding}")).encode(text);`,
  "gpt-tokenizer": `export { encode } from "gpt-tokenizer/encoding/${encoding}";`,
  "js-tiktoken": `
    import { Tiktoken } from "js-tiktoken/lite";
    import ranks from "js-tiktoken/ranks/${encoding}";
    export const encode = (text) => new Tiktoken(ranks).encode(text);`,
  "ai-tokenizer": `
    import { Tokenizer } from "ai-tokenizer";
    import * as ranks from "ai-tokenizer/encoding/${encoding}";
    export const encode = (text) => new Tokenizer(ranks).encode(text);`,
  ...(encoding === "o200k_base" && {
    "@huggingface/tokenizers": `
      import { Tokenizer } from "@huggingface/tokenizers";
      export const encode = (text, json, config) => new Tokenizer(json, config).encode(text);`,
  }),
});

const encodings = ["o200k_base", "cl100k_base"];

/** Files that a program fetches beside its bundle. */
const fetched = { "@huggingface/tokenizers": [gptOssFiles.tokenizer, gptOssFiles.config] };

/** Records `{ encoding, contender, codeBytes, vocabularyBytes }`, compressed. */
export async function measureBundles({ say }) {
  const records = [];
  for (const encoding of encodings) {
    for (const [contender, code] of Object.entries(entriesFor(encoding))) {
      const sizes = await sizesOf(contender, code, encoding);
      records.push({ encoding, contender, version: versionOf(contender), ...sizes });
      say(bundleLine(records.at(-1)));
    }
    const contender = "tiktoken-wasm";
    records.push({ encoding, contender, version: versionOf(contender), ...wasmSizes(encoding) });
  }
  return records;
}

async function sizesOf(contender, code, encoding) {
  const bare = await chunksOf(code, { external: isVocabulary });
  const codeBytes = sum(bare.map((chunk) => compressedSize(chunk.code)));
  const whole = await chunksOf(code, {});
  const isOwn = (id) => isVocabulary.test(id) && id.includes(encoding);
  const own = whole.filter(({ moduleIds }) => moduleIds.some(isOwn));
  const others = (fetched[contender] ?? []).map((url) => compressedSize(readFileSync(url)));
  const withoutOwn = whole.length > 1 ? sum(own.map((chunk) => compressedSize(chunk.code))) : 0;
  const alone = whole.length === 1 ? compressedSize(whole[0].code) - codeBytes : withoutOwn;
  return { codeBytes, vocabularyBytes: alone + sum(others) };
}

/** The program's chunks as the bundler that Vite uses makes them, minified. */
async function chunksOf(code, options) {
  const require = createRequire(new URL("../../package.json", import.meta.url));
  const { rolldown } = await import(pathToFileURL(require.resolve("rolldown")).href);
  const id = fileURLToPath(new URL("entry.mjs", import.meta.url));
  const entry = {
    name: "entry",
    resolveId: (source) => (source === "entry" ? id : null),
    load: (path) => (path === id ? code : null),
  };
  const input = { input: "entry", platform: "browser", plugins: [entry], logLevel: "silent" };
  const build = await rolldown({ ...input, ...options });
  const { output } = await build.generate({ format: "es", minify: true });
  await build.close();
  return output.filter(({ type }) => type === "chunk");
}

const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
const compressedSize = (bytes) => gzipSync(bytes, { level: 9 }).length;

/** tiktoken's WebAssembly is not bundled but fetched: its program, its glue and its vocabulary. */
function wasmSizes(encoding) {
  const size = (name) =>
    compressedSize(readFileSync(new URL(`../node_modules/tiktoken/${name}`, import.meta.url)));
  return {
    codeBytes: size("lite/tiktoken_bg.wasm") + size("lite/tiktoken_bg.js"),
    vocabularyBytes: size(`encoders/${encoding}.json`),
  };
}

const kilobytes = (bytes) => (bytes / 1000).toFixed(1);

function bundleLine({ encoding, contender, codeBytes, vocabularyBytes }) {
  return `${encoding} ${contender}: code ${kilobytes(codeBytes)} KB, vocabulary ${kilobytes(vocabularyBytes)} KB`;
}

/** A row per encoder: its code and its vocabularies. */
export function bundleTable(records) {
  const names = [...new Set(records.map(({ contender }) => contender))];
  const rows = names.map((name) => {
    const own = records.filter(({ contender }) => contender === name);
    const vocabularies = encodings.map((encoding) => {
      const record = own.find((one) => one.encoding === encoding);
      return record ? kilobytes(record.vocabularyBytes) : "";
    });
    return [`${name} ${own[0].version}`, kilobytes(own[0].codeBytes), ...vocabularies];
  });
  const head = ["encoder", "code, KB", ...encodings.map((encoding) => `${encoding}, KB`)];
  return [head, head.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}
