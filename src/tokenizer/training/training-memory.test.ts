/** @file What training takes in memory, counted: at most three times what its distinct words take. */
import { expect, test } from "vitest";
import { MergeLearner } from "./merge-learner.ts";
import { WordTable } from "./word-table.ts";

/** Distinct words of `least` to `least` + 7 letters, the early ones more often. */
function wordsOf(numWords: number, least: number): WordTable {
  const table = new WordTable();
  const word = new Uint8Array(64);
  const view = new DataView(word.buffer);
  let state = 1;
  for (let i = 0; i < numWords; i++) {
    let rest = i; // its digits make each word another
    let length = 0;
    for (; rest > 0 || length < least + (i % 8); rest = Math.floor(rest / 10)) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      word[length++] = 97 + (rest % 10) + Math.floor((state / 2 ** 32) ** 2 * 12);
      word[length++] = 97 + (rest % 10);
    }
    for (let times = 0; times < Math.ceil(1e5 / (i + 1)); times++) table.add(view, 0, length);
  }
  return table;
}

test.each([
  [200_000, 4],
  [200_000, 12],
])("%i words of %i characters and more", (numWords, least) => {
  const table = wordsOf(numWords, least);
  const { sizeBytes } = table;
  expect(table.size).toBe(numWords);
  const distinctBytes = sizeBytes + 8 * numWords; // their bytes, and of each where it ends and how often it occurs
  let mostBytes = table.memoryBytes;
  const idOf = Uint32Array.from({ length: 256 }, (_, byte) => byte);
  const tokens = table.takeTokens(idOf, Uint16Array);
  const memory = table.takeSlots();
  const { starts, counts } = table;
  const vocabSize = 8192;
  const learner = new MergeLearner(
    { tokens, numWords, starts, counts },
    { vocabSize, minFrequency: 2, memory },
  );
  const note = () => (mostBytes = Math.max(mostBytes, table.memoryBytes + learner.memoryBytes));
  for (let token = 256; token < vocabSize; token++) {
    while (learner.needsPairs) for (const _ of learner.findPairs()) note();
    if (!learner.next()) break;
    learner.merge(token);
    note();
  }
  expect(mostBytes / distinctBytes).toBeLessThan(3);
});
