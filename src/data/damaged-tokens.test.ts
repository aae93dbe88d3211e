/** A prepared folder, damaged: its shards and its list of them are read, or an error that a person can act on. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CharTokenizer } from "../tokenizer/index.ts";
import { surviveThousandMutations } from "../weights/testing/hostile-files.ts";
import { openCorpus } from "./open-corpus.ts";
import { prepareShards } from "./prepare/prepare-shards.ts";
import { openTokenShards } from "./token-shards.ts";

let folder: string;
let prepared: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "damaged-"));
  prepared = join(folder, "tokens");
  const text = join(folder, "text.txt");
  await writeFile(text, "abcabc\ncab\n".repeat(30));
  const tokenizer = CharTokenizer.fromText("abc\n");
  await prepareShards(await openCorpus([text]), prepared, {
    ...{ tokenizer, endOfText: [], shardTokens: 200 },
  });
});
afterEach(() => rm(folder, { recursive: true }));

const readAll = async () => {
  const shards = await openTokenShards(prepared);
  try {
    shards.read(0, shards.length, new Int32Array(shards.length));
  } finally {
    shards.close();
  }
};

/** The longest header that is looked at. */
const headerBytes = 2 ** 16;

test("1,000 mutations of a shard", async () => {
  const { shards } = JSON.parse(await readFile(join(prepared, "prepared.json"), "utf8"));
  const path = join(prepared, shards[0].file);
  const good = await readFile(path);
  const { refused } = await surviveThousandMutations({
    ...{ path, good, headerBytes: 300, ownBytes: headerBytes, read: readAll },
  });
  expect(refused).toBeGreaterThan(300);
});

test("1,000 mutations of the list of shards", async () => {
  const path = join(prepared, "prepared.json");
  const good = await readFile(path);
  const { refused } = await surviveThousandMutations({
    ...{ path, good, headerBytes: good.length, isJson: true, ownBytes: headerBytes, read: readAll },
  });
  expect(refused).toBeGreaterThan(300);
});
