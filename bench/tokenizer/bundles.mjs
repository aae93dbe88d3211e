// What a browser has to fetch to encode with one vocabulary: each encoder bundled and minified for the browser, its
// vocabulary apart, both as gzip makes them.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { gptOssFiles, versionOf } from "./encoders.mjs";

const isVocabulary =
  /(tokenizer\/openai\/vocabularies|js-tiktoken[^]*\/ranks|gpt-tokenizer[^]*\/bpeRanks|ai-tokenizer[^]*\/encoding)\/\w+(\.js)?$/;

/** Programs that encode a text, one a line of an entry file. */
const entries = {
  scratchlm: `
    import { loadEncoding } from "../../dist/tokenizer/openai/load-encoding.js";
    export const encode = async (text) => (await loadEncoding("o200k_base")).encode(text);`,
  "ai-tokenizer": `
    import { Tokenizer } from "ai-tokenizer";
    import * as ranks from "ai-tokenizer/encoding/o200k_base";
    export const encode = (text) => new Tokenizer(ranks).encode(text);`,
  "gpt-tokenizer": `export { encode } from "gpt-tokenizer/encoding/o200k_base";`,
  "js-tiktoken": `
    import { Tiktoken } from "js-tiktoken/lite";
    import ranks from "js-tiktoken/ranks/o200k_base";
    export const encode = (text) => new Tiktoken(ranks).encode(text);`,
  "@huggingface/tokenizers": `
    import { Tokenizer } from "@huggingface/tokenizers";
    export const encode = (text, json, config) => new Tokenizer(json, config).encode(text);`,
};

/** Files that a program fetches beside its bundle. */
const fetched = { "@huggingface/tokenizers": [gptOssFiles.tokenizer, gptOssFiles.config] };

/** Records `{ contender, codeBytes, vocabularyBytes }`, compressed. */
export async function measureBundles({ say }) {
  const records = [];
  for (const [contender, code] of Object.entries(entries)) {
    const record = {
      contender,
      version: versionOf(contender),
      ...(await sizesOf(contender, code)),
    };
    say(bundleLine(record));
    records.push(record);
  }
  const wasm = { contender: "tiktoken-wasm", version: versionOf("tiktoken-wasm"), ...wasmSizes() };
  return [...records, wasm];
}

async function sizesOf(contender, code) {
  const bare = await chunksOf(code, { external: isVocabulary });
  const codeBytes = sum(bare.map((chunk) => compressedSize(chunk.code)));
  const whole = await chunksOf(code, {});
  const own = whole.filter(({ moduleIds }) => moduleIds.some((id) => isVocabulary.test(id)));
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
function wasmSizes() {
  const size = (name) =>
    compressedSize(readFileSync(new URL(`../node_modules/tiktoken/${name}`, import.meta.url)));
  return {
    codeBytes: size("lite/tiktoken_bg.wasm") + size("lite/tiktoken_bg.js"),
    vocabularyBytes: size("encoders/o200k_base.json"),
  };
}

const kilobytes = (bytes) => (bytes / 1000).toFixed(1);

function bundleLine({ contender, codeBytes, vocabularyBytes }) {
  return `${contender}: code ${kilobytes(codeBytes)} KB, vocabulary ${kilobytes(vocabularyBytes)} KB`;
}

export function bundleTable(records) {
  const rows = records.map(({ contender, version, codeBytes, vocabularyBytes }) => [
    `${contender} ${version}`,
    ...[codeBytes, vocabularyBytes, codeBytes + vocabularyBytes].map(kilobytes),
  ]);
  const head = ["encoder", "code, KB", "o200k vocabulary, KB", "both, KB (gzip)"];
  return [head, head.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}
