/** @file Weights that are spread over several safetensors files, with an index that tells which tensor is where. */
import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { UserError } from "../errors.ts";
import { writeFileAtomically } from "./atomic-file.ts";
import { isJsonObject, readJsonObject } from "./json-file.ts";
import { openSafetensors, writeSafetensors, type SafetensorsFile } from "./safetensors.ts";
import { sizeOf, type WritableTensor } from "./safetensors-header.ts";
import { entryOf, type WeightEntry, type Weights } from "./weights.ts";

const single = "model.safetensors";
const indexName = "model.safetensors.index.json";

/** More files than any model has; an index that names more is damaged. */
const mostShards = 10_000;

/**
 * Opens the weights of a folder in Hugging Face's layout: one file, or shards with an index. Throws a UserError for what is
 * missing or damaged, and for an index that does not say what its files hold.
 */
export async function openWeights(directory: string): Promise<Weights> {
  const index = join(directory, indexName);
  const isSharded = !existsSync(join(directory, single)) && existsSync(index);
  return isSharded ? openShards(directory, index) : openSafetensors(join(directory, single));
}

async function openShards(directory: string, index: string): Promise<Weights> {
  const places = await readPlaces(index);
  const files = new Map<string, SafetensorsFile>();
  try {
    for (const name of new Set(places.values())) {
      files.set(name, await openSafetensors(join(directory, name)));
    }
    return new ShardedWeights(index, placesIn(files, places, index));
  } catch (error) {
    for (const file of files.values()) await file.close();
    throw error;
  }
}

/** The file name of each tensor. */
async function readPlaces(index: string): Promise<Map<string, string>> {
  const { weight_map: map } = await readJsonObject(index);
  if (!isJsonObject(map)) throw malformed(index, `"weight_map" to be an object`, "something else");
  const places = new Map<string, string>();
  for (const [tensor, name] of Object.entries(map)) {
    // A name only: an index from elsewhere must not lead out of its folder.
    if (typeof name !== "string" || basename(name) !== name || !name.endsWith(".safetensors")) {
      throw malformed(index, "names of .safetensors files", JSON.stringify(name).slice(0, 60));
    }
    places.set(tensor, name);
  }
  const count = new Set(places.values()).size;
  if (count > mostShards) throw malformed(index, `at most ${mostShards} files`, `${count}`);
  return places;
}

function placesIn(
  files: ReadonlyMap<string, SafetensorsFile>,
  places: ReadonlyMap<string, string>,
  index: string,
): Map<string, SafetensorsFile> {
  const found = new Map<string, SafetensorsFile>();
  for (const [tensor, name] of places) {
    const file = files.get(name);
    if (!file?.entries.has(tensor)) throw malformed(index, `"${tensor}" in ${name}`, "none");
    found.set(tensor, file);
  }
  return found;
}

/** Several files as one. */
class ShardedWeights implements Weights {
  readonly path: string;
  readonly entries: ReadonlyMap<string, WeightEntry>;
  readonly #places: ReadonlyMap<string, SafetensorsFile>;

  constructor(path: string, places: ReadonlyMap<string, SafetensorsFile>) {
    this.path = path;
    this.#places = places;
    this.entries = new Map(
      [...places].map(([name, file]) => [name, entryOf(file, name) as WeightEntry]),
    );
  }

  async readFloat32(name: string, target?: Float32Array): Promise<Float32Array> {
    return this.#fileOf(name).readFloat32(name, target);
  }

  async readBytes(name: string): Promise<Uint8Array<ArrayBuffer>> {
    return this.#fileOf(name).readBytes(name);
  }

  async close(): Promise<void> {
    await Promise.all([...new Set(this.#places.values())].map((file) => file.close()));
  }

  #fileOf(name: string): SafetensorsFile {
    return entryOf({ path: this.path, entries: this.#places }, name);
  }
}

/**
 * Writes tensors to `directory`: one file where they fit into `shardBytes`, else shards and an index, which comes last. Weights
 * that were there before in the other form, or in more shards, are removed.
 */
export async function writeWeights(
  directory: string,
  tensors: readonly WritableTensor[],
  { shardBytes = 5e9 }: { readonly shardBytes?: number } = {},
): Promise<void> {
  const shards = shardsOf(tensors, shardBytes);
  const names = shards.map((_, i) => (shards.length === 1 ? single : shardName(i, shards.length)));
  for (const [i, shard] of shards.entries()) {
    await writeSafetensors(join(directory, names[i]), shard, { format: "pt" });
  }
  if (shards.length > 1) await writeIndex(directory, shards, names);
  for (const name of await readdir(directory)) {
    const isOld =
      name === indexName ? shards.length === 1 : /^model(-\d+-of-\d+)?\.safetensors$/.test(name);
    if (isOld && !names.includes(name)) await rm(join(directory, name));
  }
}

async function writeIndex(
  directory: string,
  shards: readonly (readonly WritableTensor[])[],
  names: readonly string[],
): Promise<void> {
  const places = shards.flatMap((shard, i) => shard.map(({ name }) => [name, names[i]]));
  const sizes = shards.flat().map(({ dtype, shape }) => sizeOf(dtype, shape));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const index = { metadata: { total_size: total }, weight_map: Object.fromEntries(places) };
  const text = new TextEncoder().encode(JSON.stringify(index, null, 2));
  await writeFileAtomically(join(directory, indexName), [text]);
}

/** Tensors in their order, a new shard wherever the next would not fit. */
function shardsOf(tensors: readonly WritableTensor[], shardBytes: number): WritableTensor[][] {
  const shards: WritableTensor[][] = [[]];
  let bytes = 0;
  for (const tensor of tensors) {
    const size = sizeOf(tensor.dtype, tensor.shape);
    if (bytes > 0 && bytes + size > shardBytes) {
      shards.push([]);
      bytes = 0;
    }
    shards.at(-1)?.push(tensor);
    bytes += size;
  }
  return shards;
}

function shardName(index: number, count: number): string {
  const five = (number: number) => String(number).padStart(5, "0");
  return `model-${five(index + 1)}-of-${five(count)}.safetensors`;
}

function malformed(path: string, expected: string, got: string): UserError {
  return new UserError(`${path}: expected ${expected}, got ${got}. Fetch or save the model again.`);
}
