/** @file Whether what a `prepared.json` holds is a manifest, field by field: it may come from elsewhere, or be damaged. */
import type { Manifest } from "./manifest.ts";

/** Shards lie in the manifest's own folder, under these names. */
export const shardName = /^shard-\d{5,}\.bin$/;

type Json = Readonly<Record<string, unknown>>;

/** Whether `value` has all that readers of a manifest ask it for. */
export function isManifest(value: unknown): value is Manifest {
  if (!isObject(value)) return false;
  const { recipe, shards, numDocuments, next } = value;
  return (
    value["format"] === "scratchlm token shards" &&
    value["version"] === 1 &&
    isObject(recipe) &&
    isListOf(recipe["sources"], ({ sizeBytes }) => isCount(sizeBytes)) &&
    isListOf(shards, isShard) &&
    isCount(numDocuments) &&
    (next === undefined || isCursor(next))
  );
}

const isShard = ({ file, tokenCount }: Json) =>
  typeof file === "string" && shardName.test(file) && isCount(tokenCount);

function isCursor(value: unknown): boolean {
  if (!isObject(value) || !isObject(value["place"])) return false;
  const { source, byte, isInside } = value["place"];
  return (
    [source, byte, value["skippedTokens"], value["numDocuments"]].every(isCount) &&
    typeof isInside === "boolean"
  );
}

function isListOf(value: unknown, isItem: (item: Json) => boolean): boolean {
  return Array.isArray(value) && value.every((item) => isObject(item) && isItem(item));
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
