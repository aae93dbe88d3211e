/** @file The parts of a byte-pair `tokenizer.json` that GGUF has a place for. */
import { isJsonObject, type JsonObject } from "../json-file.ts";

export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly isSpecial: boolean;
}

export interface BytePairJson {
  /** Pieces by id, added tokens among them; undefined where an id is not used. */
  readonly pieces: readonly (string | undefined)[];
  readonly merges: readonly (readonly [string, string])[];
  readonly added: readonly AddedToken[];
  readonly unknownToken: string | undefined;
  readonly hasByteFallback: boolean;
}

/** More ids than any tokenizer has; a file that names a higher one is damaged. */
const mostIds = 4_000_000;

/** Reads the content of a `tokenizer.json`; undefined for a model that is not byte pairs. */
export function readBytePairs(json: JsonObject): BytePairJson | undefined {
  const model = json["model"];
  if (!isJsonObject(model) || !isJsonObject(model["vocab"]) || !Array.isArray(model["merges"])) {
    return undefined;
  }
  const pieces: (string | undefined)[] = [];
  const added = readAdded(json["added_tokens"]);
  const entries = Object.entries(model["vocab"]) as [string, unknown][];
  for (const [piece, id] of [...entries, ...added.map((a) => [a.content, a.id] as const)]) {
    if (typeof id !== "number" || !(id >= 0 && id < mostIds)) return undefined;
    while (pieces.length <= id) pieces.push(undefined);
    pieces[id] = piece;
  }
  const merges = model["merges"].map(readMerge);
  if (!merges.every((merge) => merge !== undefined)) return undefined;
  return {
    pieces,
    merges,
    added,
    unknownToken: typeof model["unk_token"] === "string" ? model["unk_token"] : undefined,
    hasByteFallback: model["byte_fallback"] === true,
  };
}

/** `"a b"` in older files, `["a", "b"]` in newer ones. */
function readMerge(given: unknown): readonly [string, string] | undefined {
  const parts: unknown = typeof given === "string" ? given.split(" ") : given;
  if (!Array.isArray(parts) || parts.length !== 2) return undefined;
  const [left, right] = parts as unknown[];
  return typeof left === "string" && typeof right === "string" ? [left, right] : undefined;
}

function readAdded(given: unknown): AddedToken[] {
  if (!Array.isArray(given)) return [];
  return given.filter(isJsonObject).flatMap(({ id, content, special }) => {
    if (typeof id !== "number" || typeof content !== "string") return [];
    return [{ id, content, isSpecial: special === true }];
  });
}

/** The first special token that a post-processor puts before a text. */
export function beginToken(json: JsonObject): string | undefined {
  const processor = json["post_processor"];
  const steps =
    isJsonObject(processor) && Array.isArray(processor["processors"])
      ? (processor["processors"] as unknown[])
      : [processor];
  for (const step of steps) {
    if (!isJsonObject(step) || !Array.isArray(step["single"])) continue;
    const first: unknown = step["single"][0];
    const token = isJsonObject(first) ? first["SpecialToken"] : undefined;
    if (isJsonObject(token) && typeof token["id"] === "string") return token["id"];
  }
  return undefined;
}
