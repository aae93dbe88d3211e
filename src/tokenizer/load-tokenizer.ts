import { UserError } from "../errors.ts";
import { CharTokenizer } from "./char-tokenizer.ts";
import { SimpleTokenizerV1 } from "./simple-tokenizer.ts";
import type { Tokenizer } from "./tokenizer.ts";

// Each answers for itself whether a file is its own; the byte-pair tokenizer joins them here.
const kinds: readonly ((json: unknown) => Tokenizer | undefined)[] = [
  CharTokenizer.fromJson,
  SimpleTokenizerV1.fromJson,
];

/** The tokenizer that a parsed `tokenizer.json` describes. */
export function loadTokenizer(json: unknown): Tokenizer {
  for (const read of kinds) {
    const tokenizer = read(json);
    if (tokenizer) return tokenizer;
  }
  throw new UserError(
    `tokenizer.json: expected a character or simple word tokenizer, got ${describe(json)}. ` +
      `Use a tokenizer.json that scratchlm saved.`,
  );
}

function describe(json: unknown): string {
  if (typeof json !== "object" || json === null) return JSON.stringify(json) ?? String(json);
  const model: unknown = "model" in json ? json.model : undefined;
  const type =
    typeof model === "object" && model !== null && "type" in model ? model.type : undefined;
  return type === undefined ? "no model" : `a model of type ${JSON.stringify(type)}`;
}
