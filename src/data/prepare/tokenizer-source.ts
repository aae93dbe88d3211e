/** @file What a thread needs to load a tokenizer of its own. */
import { loadEncoding, loadTokenizer } from "../../tokenizer/index.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";

/** One of OpenAI's encodings by name, or a parsed `tokenizer.json` with its `tokenizer_config.json`. */
export type TokenizerSource =
  { readonly encoding: string } | { readonly json: unknown; readonly config?: unknown };

export async function loadFromSource(source: TokenizerSource): Promise<Tokenizer> {
  if ("encoding" in source) return loadEncoding(source.encoding);
  return loadTokenizer(source.json, source.config);
}
