import { UserError } from "../../errors.ts";
import { BytePairTokenizer } from "../bpe/byte-pair-tokenizer.ts";
import { openaiEncodings, type OpenAiEncodingName } from "./encodings.ts";

/**
 * One of OpenAI's encodings, equal to tiktoken's of the same name. Only its own vocabulary is loaded.
 *
 * @example
 * const encoding = await loadEncoding("o200k_base");
 * encoding.decode(encoding.encode("Every effort moves you"));
 */
export async function loadEncoding(name: OpenAiEncodingName): Promise<BytePairTokenizer> {
  if (!isEncodingName(name)) {
    throw new UserError(
      `encoding: expected any of ${Object.keys(openaiEncodings).join(", ")}, got ${JSON.stringify(name)}. ` +
        `For a model's name, ask encodingNameForModel.`,
    );
  }
  const { scanner, specialTokens, loadVocabulary } = openaiEncodings[name];
  const { tokens, merges } = await loadVocabulary();
  return new BytePairTokenizer({
    name,
    tokens,
    merges,
    scanner,
    specialTokens: new Map(Object.entries(specialTokens)),
  });
}

function isEncodingName(name: string): name is OpenAiEncodingName {
  return Object.hasOwn(openaiEncodings, name);
}
