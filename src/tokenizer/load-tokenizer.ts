import { UserError } from "../errors.ts";
import { CharTokenizer } from "./char-tokenizer.ts";
import { HuggingFaceTokenizer } from "./hugging-face/hugging-face-tokenizer.ts";
import { readTokenizerConfig } from "./hugging-face/tokenizer-config.ts";
import { SimpleTokenizerV1 } from "./simple-tokenizer.ts";
import type { Tokenizer } from "./tokenizer.ts";

export interface LoadTokenizerOptions {
  /** Content of a `chat_template.jinja` beside the tokenizer. */
  readonly chatTemplate?: string;
}

// Each answers for itself whether a file is its own.
const wordLevelKinds: readonly ((json: unknown) => Tokenizer | undefined)[] = [
  CharTokenizer.fromJson,
  SimpleTokenizerV1.fromJson,
];

/** The tokenizer that a parsed `tokenizer.json` describes, with its `tokenizer_config.json` where there is one. */
export function loadTokenizer(
  json: unknown,
  config?: unknown,
  { chatTemplate }: LoadTokenizerOptions = {},
): Tokenizer {
  const type = modelType(json);
  if (type === "BPE") {
    const hasConfig = config !== undefined || chatTemplate !== undefined;
    const read = hasConfig ? readTokenizerConfig(config ?? {}, chatTemplate) : undefined;
    return HuggingFaceTokenizer.fromJson(json, read);
  }
  for (const read of wordLevelKinds) {
    const tokenizer = read(json);
    if (tokenizer) return tokenizer;
  }
  throw new UserError(
    `tokenizer.json: expected byte pairs ("BPE"), or a character or simple word tokenizer, got ` +
      `${describe(json, type)}. Use another model's tokenizer.json, or one that scratchlm saved.`,
  );
}

/** The model's type; the oldest files with merges do not say theirs. */
function modelType(json: unknown): unknown {
  const model: unknown =
    typeof json === "object" && json !== null && "model" in json ? json.model : undefined;
  if (typeof model !== "object" || model === null) return undefined;
  if ("type" in model) return model.type;
  return "merges" in model ? "BPE" : undefined;
}

function describe(json: unknown, type: unknown): string {
  if (typeof json !== "object" || json === null) return JSON.stringify(json) ?? String(json);
  return type === undefined ? "no model" : `a model of type ${JSON.stringify(type)}`;
}
