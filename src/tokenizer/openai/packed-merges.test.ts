import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { RankMerges } from "../bpe/merges.ts";
import { TokenBytes } from "../bpe/token-bytes.ts";
import { packMerges, readPackedMerges } from "./packed-merges.ts";
import { loadP50k, loadR50k } from "./vocabularies.ts";

test.each([
  ["r50k_base", loadR50k],
  ["p50k_base", loadP50k], // has an id without a token
])("%s is read as it was packed, and is smaller than its text", async (_name, load) => {
  const { tokens } = await load();
  const merges = new RankMerges(tokens);
  const packed = packMerges(tokens, merges);
  const read = readPackedMerges(packed);
  expect(read.tokens.starts).toEqual(tokens.starts);
  expect(read.tokens.bytes).toEqual(tokens.bytes);
  expect([...read.merges.entries()]).toEqual([...merges.entries()]);
  expect(gzipSync(packed).length).toBeLessThan(gzipSync(tokens.bytes).length);
});

test("a token that no merge makes cannot be packed", () => {
  const tokens = TokenBytes.from([Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(1, 2, 1)]);
  expect(() => packMerges(tokens, new RankMerges(tokens))).toThrow("no merge makes token 2");
});
