/** @file llama.cpp's names for the ways of cutting text into words, and what a `tokenizer.json` says for each. */
import { isJsonObject, type JsonObject } from "../json-file.ts";

interface PreTokenizer {
  readonly name: string;
  /** Patterns that split one after the other; none: the pattern of GPT-2, which a `ByteLevel` step has in it. */
  readonly patterns: readonly string[];
  /** Whether a word that is a token is taken whole, however merges would build it. */
  readonly ignoresMerges: boolean;
  readonly normalizer: JsonObject | null;
}

const contractions = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)`;
const tail = String.raw`| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
const cl100k = String.raw`${contractions}|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}${tail}`;
const qwen2 = String.raw`${contractions}|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}${tail}`;
const upper = String.raw`[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`;
const lower = String.raw`[\p{Ll}\p{Lm}\p{Lo}\p{M}]`;
const o200k =
  String.raw`[^\r\n\p{L}\p{N}]?${upper}*${lower}+${contractions}?|` +
  String.raw`[^\r\n\p{L}\p{N}]?${upper}+${lower}*${contractions}?|` +
  String.raw`\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
const deepseekV3 = [
  String.raw`\p{N}{1,3}`,
  "[一-龥\u3040-ゟ゠-ヿ]+",
  "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+",
];

const known: readonly PreTokenizer[] = [
  { name: "gpt-2", patterns: [], ignoresMerges: false, normalizer: null },
  { name: "llama-bpe", patterns: [cl100k], ignoresMerges: true, normalizer: null },
  { name: "dbrx", patterns: [cl100k], ignoresMerges: false, normalizer: null },
  { name: "qwen2", patterns: [qwen2], ignoresMerges: false, normalizer: { type: "NFC" } },
  { name: "gpt-4o", patterns: [o200k], ignoresMerges: false, normalizer: null },
  { name: "deepseek-v3", patterns: deepseekV3, ignoresMerges: false, normalizer: null },
];

/** Names of tokenizers that cut as another one does. */
const aliases: Readonly<Record<string, string>> = {
  default: "gpt-2",
  "phi-2": "gpt-2",
  olmo: "gpt-2",
  "llama-v3": "llama-bpe",
  llama3: "llama-bpe",
  "smaug-bpe": "dbrx",
  "deepseek-r1-qwen": "qwen2",
  "gpt-oss": "gpt-4o",
};

/** The pre-tokenizer of that name; a file that names none means GPT-2's. */
export function preTokenizerNamed(name: string | undefined): PreTokenizer | undefined {
  const own = name === undefined ? "gpt-2" : (aliases[name] ?? name);
  return known.find((each) => each.name === own);
}

/** llama.cpp's name for what a `tokenizer.json` does; undefined where it has none. */
export function preTokenizerName(json: JsonObject): string | undefined {
  const patterns = patternsOf(json["pre_tokenizer"]);
  const model = isJsonObject(json["model"]) ? json["model"] : {};
  const ignores = model["ignore_merges"] === true;
  const same = known.filter((each) => JSON.stringify(each.patterns) === JSON.stringify(patterns));
  const found = same.find(({ ignoresMerges }) => ignoresMerges === ignores) ?? same[0];
  return found && isNormalizedAs(found.normalizer, json["normalizer"]) ? found.name : undefined;
}

/** NFC changes little, so llama.cpp leaves it out; anything else would be lost. */
function isNormalizedAs(expected: JsonObject | null, found: unknown): boolean {
  if (found === null || found === undefined) return true;
  if (!isJsonObject(found)) return false;
  const isEmpty = Array.isArray(found["normalizers"]) && found["normalizers"].length === 0;
  return isEmpty || found["type"] === expected?.["type"];
}

/** The patterns that split text before its bytes are looked at; undefined for any other arrangement. */
function patternsOf(given: unknown): string[] | undefined {
  if (!isJsonObject(given)) return undefined;
  const steps = given["type"] === "Sequence" ? given["pretokenizers"] : [given];
  if (!Array.isArray(steps)) return undefined;
  const last: unknown = steps.at(-1);
  if (!isJsonObject(last) || last["type"] !== "ByteLevel" || last["add_prefix_space"] === true) {
    return undefined;
  }
  const patterns = steps.slice(0, -1).map(patternOf);
  const usesOwn = last["use_regex"] !== false;
  if (usesOwn !== (patterns.length === 0)) return undefined;
  return patterns.every((pattern) => pattern !== undefined) ? patterns : undefined;
}

function patternOf(step: unknown): string | undefined {
  if (!isJsonObject(step) || step["type"] !== "Split" || step["invert"] === true) return undefined;
  const pattern = step["pattern"];
  const regex = isJsonObject(pattern) ? pattern["Regex"] : undefined;
  return step["behavior"] === "Isolated" && typeof regex === "string" ? regex : undefined;
}

/** The parts of a `tokenizer.json` that cut as `pre` does. */
export function preTokenizerJson({ patterns, normalizer }: PreTokenizer) {
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true };
  const splits = patterns.map((Regex) => {
    return { type: "Split", pattern: { Regex }, behavior: "Isolated", invert: false };
  });
  const steps = [...splits, { ...byteLevel, use_regex: false }];
  return {
    normalizer,
    pre_tokenizer:
      patterns.length === 0
        ? { ...byteLevel, use_regex: true }
        : { type: "Sequence", pretokenizers: steps },
  };
}
