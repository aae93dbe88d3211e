/** @file Chapter 2: embeddings (2.7, 2.8). What comes before is the tokenizer's and the data room's. */
import { tensor } from "../../src/graph/index.ts";
import { Embedding, initialize } from "../../src/nn/index.ts";
import { positions } from "../../src/ops/index.ts";
import { Generator } from "../../src/random/index.ts";
import type { Reproductions } from "./reproduction.ts";

function lookUp(...ids: number[]) {
  const embedding = new Embedding(6, 3);
  initialize(embedding, new Generator(123));
  return embedding.forward(tensor(Int32Array.from(ids)));
}

export const chapter2: Reproductions = {
  "ch02-2.7-embedding-row3": () => lookUp(3),
  "ch02-2.7-embedding-lookup": () => lookUp(2, 3, 5, 1),
  "ch02-2.8-pos-emb-shape": () => new Embedding(4, 256).forward(positions(4)).shape,
};
