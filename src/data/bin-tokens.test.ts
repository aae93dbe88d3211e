/** Token files of nanoGPT and llm.c, written here byte by byte as their scripts describe them. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { UserError } from "../errors.ts";
import { surviveThousandMutations } from "../weights/testing/hostile-files.ts";
import { openBinTokens } from "./bin-tokens.ts";

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "shard-"))));
afterAll(() => rm(folder, { recursive: true }));

const write = async (name: string, ...parts: (Uint16Array | Int32Array | Uint32Array)[]) => {
  const path = join(folder, name);
  await writeFile(path, Buffer.concat(parts.map((part) => new Uint8Array(part.buffer))));
  return path;
};
const header = (...numbers: number[]) => {
  const values = new Int32Array(256);
  values.set(numbers);
  return values;
};
const read = (path: string, start: number, count: number) => {
  const tokens = openBinTokens(path);
  const out = new Int32Array(count);
  tokens.read(start, count, out);
  tokens.close();
  return { ids: [...out], length: tokens.length };
};

test("nanoGPT's ids are uint16 and nothing else", async () => {
  const path = await write("train.bin", Uint16Array.of(5, 50256, 65535, 7));
  expect(read(path, 1, 3)).toEqual({ ids: [50256, 65535, 7], length: 4 });
});

test("llm.c's come behind a header, for GPT-2 and for Llama 3", async () => {
  const gpt2 = await write("gpt2.bin", header(20240520, 1, 3), Uint16Array.of(1, 2, 50256));
  expect(read(gpt2, 1, 2)).toEqual({ ids: [2, 50256], length: 3 });
  const llama3 = await write("llama3.bin", header(20240801, 7, 2), Uint32Array.of(128000, 9));
  expect(read(llama3, 0, 2)).toEqual({ ids: [128000, 9], length: 2 });
});

test.each([
  ["cut.bin", [header(20240520, 1, 9), Uint16Array.of(1)], /1026 bytes instead of 1042 for 9 ids/],
  ["old.bin", [header(20240520, 2, 0)], /version 2, not 1/],
  ["less.bin", [header(20240801, 7, -1)], /for -1 ids/],
])("%s is refused", async (name, parts, message) => {
  const path = await write(name, ...parts);
  expect(() => openBinTokens(path)).toThrow(UserError);
  expect(() => openBinTokens(path)).toThrow(message);
});

test("a missing file, a folder and an odd number of bytes are refused", async () => {
  const odd = join(folder, "odd.bin");
  await writeFile(odd, new Uint8Array(3));
  expect(() => openBinTokens(odd)).toThrow(/an odd number of bytes, 3/);
  expect(() => openBinTokens(folder)).toThrow(UserError);
  expect(() => openBinTokens(join(folder, "none.bin"))).toThrow(/nothing at that path/);
});

test("1,000 mutations neither crash nor take memory", async () => {
  const good = await readFile(
    await write(
      "good.bin",
      header(20240520, 1, 40),
      Uint16Array.from({ length: 40 }, (_, i) => i),
    ),
  );
  const path = join(folder, "fuzzed.bin");
  await surviveThousandMutations({
    ...{ path, good, headerBytes: 12 },
    read: async () => {
      const tokens = openBinTokens(path);
      try {
        tokens.read(0, tokens.length, new Int32Array(tokens.length));
      } finally {
        tokens.close();
      }
    },
  });
});
