/** @file Chapter 4's model at full size: GPT-2 124M with the book's choices, drawn from seed 123, and what it says untrained. */
import { tensor } from "../../src/graph/index.ts";
import type { Tensor } from "../../src/graph/index.ts";
import { Gpt2, gpt2Presets } from "../../src/models/index.ts";
import { initialize } from "../../src/nn/index.ts";
import { argMax, reshape, slice } from "../../src/ops/index.ts";
import { Generator } from "../../src/random/index.ts";
import { compile, dimension } from "../../src/runtime/index.ts";
import type { RuntimeName } from "../../src/runtime/index.ts";

/** The book's: no bias on queries, keys and values, a head of its own. */
export const bookChoices = { hasQkvBias: false, hasTiedHead: false } as const;
export const bookConfig = { ...gpt2Presets.gpt2, ...bookChoices };

/** "Hello, I am" in GPT-2's ids. */
export const prompt = [15496, 11, 314, 716];

let drawn: Gpt2 | undefined;

/** The model with its numbers: 652 MB, drawn once. */
function untrained(): Gpt2 {
  if (drawn) return drawn;
  drawn = new Gpt2(bookConfig);
  initialize(drawn, new Generator(123));
  return drawn;
}

/** The prompt and `count` more ids, each the likeliest after those before. */
export async function greedyIds(runtime: RuntimeName, count: number): Promise<number[]> {
  const model = untrained();
  const next = (ids: Tensor) => {
    const hidden = model.hiddenStates(ids); //                                 (1, T, C)
    const last = reshape(slice(hidden, { axis: 1, start: -1 }), [1, -1]); // (1, C)
    return [argMax(model.logits(last))];
  };
  // a sample length that equals no other length of the model, nor does its neighbour below
  const specs = [{ dtype: "int32", shape: [1, dimension("T", 61)] }] as const;
  const compiled = await compile(next, specs, { runtime });
  const ids = [...prompt];
  for (let i = 0; i < count; i++) {
    const [choice] = await compiled(tensor(Int32Array.from(ids), { shape: [1, ids.length] }));
    ids.push(choice.data[0]);
  }
  const { runs } = compiled;
  compiled.release();
  if (runs !== count)
    throw new Error(`greedyIds: expected ${count} runs on ${runtime}, got ${runs}.`);
  return ids;
}

let said: Promise<number[]> | undefined;

/** Ten ids on the reference interpreter, computed once. */
export function tenGreedyIds(): Promise<number[]> {
  said ??= greedyIds("reference", 10);
  return said;
}
