/** @file Chapter 4's model at full size: GPT-2 124M with the book's choices, drawn from seed 123, and what it says untrained. */
import { tensor } from "../../src/graph/index.js";
import { Gpt2, gpt2Presets } from "../../src/models/index.js";
import { initialize } from "../../src/nn/index.js";
import { argMax, reshape, slice } from "../../src/ops/index.js";
import { Generator } from "../../src/random/index.js";
import { compile, dimension } from "../../src/runtime/index.js";
/** The book's: no bias on queries, keys and values, a head of its own. */
export const bookChoices = { hasQkvBias: false, hasTiedHead: false };
export const bookConfig = { ...gpt2Presets.gpt2, ...bookChoices };
/** "Hello, I am" in GPT-2's ids. */
export const prompt = [15496, 11, 314, 716];
let drawn;
/** The model with its numbers: 652 MB, drawn once. */
function untrained() {
    if (drawn)
        return drawn;
    drawn = new Gpt2(bookConfig);
    initialize(drawn, new Generator(123));
    return drawn;
}
/** The prompt and `count` more ids, each the likeliest after those before. */
export async function greedyIds(runtime, count) {
    const model = untrained();
    const next = (ids) => {
        const hidden = model.hiddenStates(ids); //                                 (1, T, C)
        const last = reshape(slice(hidden, { axis: 1, start: -1 }), [1, -1]); // (1, C)
        return [argMax(model.logits(last))];
    };
    const specs = [{ dtype: "int32", shape: [1, dimension("T", 61)] }];
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
let said;
/** Ten ids on the reference interpreter, computed once. */
export function tenGreedyIds() {
    said ??= greedyIds("reference", 10);
    return said;
}
