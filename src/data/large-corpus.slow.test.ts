/** A corpus far larger than what it may take of memory: 200 MB of text, 400 MB of ids. */
import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Generator } from "../random/index.ts";
import { CharTokenizer } from "../tokenizer/index.ts";
import { Batches } from "./batches.ts";
import { corpusText } from "./corpus.ts";
import { encodeCorpus } from "./encode-corpus.ts";
import { openCorpus } from "./open-corpus.ts";
import { TokenFileSink } from "./token-file.ts";
import { Windows } from "./windows.ts";

const folder = mkdtempSync(join(tmpdir(), "scratchlm-large-"));
const path = join(folder, "large.txt");
const megabyte = 1 << 20;
const line = "Call me Ishmael. Some years ago--never mind how long precisely.\n"; // 64 bytes
const sizeMegabytes = 200;

// Half of the text: above what garbage collection may leave lying about, below holding text or ids as a whole.
const allowedMegabytes = sizeMegabytes / 2;

beforeAll(async () => {
  const block = line.repeat(megabyte / line.length);
  await pipeline(Readable.from(new Array(sizeMegabytes).fill(block)), createWriteStream(path));
});

afterAll(() => rmSync(folder, { recursive: true }));

test("200 MB are encoded to a file and read in shuffled batches in constant memory", async () => {
  const corpus = await openCorpus([path]);
  const before = process.memoryUsage.rss();
  let peak = before;
  const onProgress = () => void (peak = Math.max(peak, process.memoryUsage.rss()));

  const tokenizer = await CharTokenizer.fromChunks(corpusText(corpus, { onProgress }));
  const sink = await TokenFileSink.create(join(folder, "tokens"), tokenizer);
  const tokens = await encodeCorpus(corpus, tokenizer, { sink, onProgress });
  expect(tokens.length).toBe(sizeMegabytes * megabyte);

  const windows = new Windows(tokens, { blockSize: 64 });
  const generator = new Generator(1);
  const cursor = new Batches(windows, { batchSize: 32, shuffle: true, generator }).cursor();
  let batch = cursor.next();
  for (let i = 0; i < 1000; i++, onProgress()) {
    batch = cursor.next(batch);
    expect(tokenizer.decode(batch.inputs)).toBe(line.repeat(32));
  }
  tokens.close();
  expect((peak - before) / megabyte).toBeLessThan(allowedMegabytes);
  console.log(`peak memory above start: ${Math.round((peak - before) / megabyte)} MB`);
});
