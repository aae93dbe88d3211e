/**
 * @file Where OpenAI's vocabularies come from: each is a module of its own, fetched when it is needed. `npm run build` puts a
 * file in the place of this one in `dist` that has the same functions and reads what `build/pack-vocabularies.mjs` packed.
 */
import { RankMerges } from "../bpe/merges.ts";
import type { Vocabulary } from "./packed-merges.ts";
import { readPackedRanks } from "./packed-ranks.ts";

/** Also the vocabulary of GPT-2. */
export async function loadR50k(): Promise<Vocabulary> {
  return vocabularyOf((await import("js-tiktoken/ranks/r50k_base")).default.bpe_ranks);
}

export async function loadP50k(): Promise<Vocabulary> {
  return vocabularyOf((await import("js-tiktoken/ranks/p50k_base")).default.bpe_ranks);
}

export async function loadCl100k(): Promise<Vocabulary> {
  return vocabularyOf((await import("js-tiktoken/ranks/cl100k_base")).default.bpe_ranks);
}

export async function loadO200k(): Promise<Vocabulary> {
  return vocabularyOf((await import("js-tiktoken/ranks/o200k_base")).default.bpe_ranks);
}

function vocabularyOf(ranks: string): Vocabulary {
  const tokens = readPackedRanks(ranks);
  return { tokens, merges: new RankMerges(tokens, { isInOrder: true }) };
}
