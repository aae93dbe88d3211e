/** @file Chapter 2: embeddings (2.7, 2.8). What comes before is the tokenizer's and the data room's. */
import { tensor } from "../../src/graph/index.js";
import { Embedding, initialize } from "../../src/nn/index.js";
import { positions } from "../../src/ops/index.js";
import { Generator } from "../../src/random/index.js";
function lookUp(...ids) {
    const embedding = new Embedding(6, 3);
    initialize(embedding, new Generator(123));
    return embedding.forward(tensor(Int32Array.from(ids)));
}
export const chapter2 = {
    "ch02-2.7-embedding-row3": () => lookUp(3),
    "ch02-2.7-embedding-lookup": () => lookUp(2, 3, 5, 1),
    "ch02-2.8-pos-emb-shape": () => new Embedding(4, 256).forward(positions(4)).shape,
};
