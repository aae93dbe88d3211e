/** @file Whether what a `prepared.json` holds is a manifest, field by field: it may come from elsewhere, or be damaged. */
import { isJsonObject, type JsonObject } from "../../weights/index.ts";
import type { Manifest } from "./manifest.ts";

/** Shards lie in the manifest's own folder, under these names. */
export const shardName = /^shard-\d{5,}\.bin$/;

/** Whether `value` has all that readers of a manifest ask it for. */
export function isManifest(value: unknown): value is Manifest {
  if (!isJsonObject(value)) return false;
  const { recipe, shards, numDocuments, next } = value;
  return (
    value["format"] === "scratchlm token shards" &&
    value["version"] === 1 &&
    isJsonObject(recipe) &&
    isListOf(recipe["sources"], ({ sizeBytes }) => isCount(sizeBytes)) &&
    isListOf(shards, isShard) &&
    isCount(numDocuments) &&
    (next === undefined || isCursor(next))
  );
}

const isShard = ({ file, tokenCount }: JsonObject) =>
  typeof file === "string" && shardName.test(file) && isCount(tokenCount);

function isCursor(value: unknown): boolean {
  if (!isJsonObject(value) || !isJsonObject(value["place"])) return false;
  const { source, byte, isInside } = value["place"];
  return (
    [source, byte, value["skippedTokens"], value["numDocuments"]].every(isCount) &&
    typeof isInside === "boolean"
  );
}

function isListOf(value: unknown, isItem: (item: JsonObject) => boolean): boolean {
  return Array.isArray(value) && value.every((item) => isJsonObject(item) && isItem(item));
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
