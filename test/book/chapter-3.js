/** @file Chapter 3: attention, from dot products to many heads. */
import { tensor } from "../../src/graph/index.js";
import { CausalAttention, countParameters, initialize, MultiHeadAttention, MultiHeadAttentionWrapper, SelfAttentionV1, SelfAttentionV2, simpleSelfAttention, } from "../../src/nn/index.js";
import { cast, causalMask, div, dropout, exp, gather, maskedFill, matmul, mul, not, ones, reshape, slice, softmax, stack, sum, zeros, } from "../../src/ops/index.js";
import { Generator } from "../../src/random/index.js";
/** "Your journey starts with one step", three numbers a word. */
const sentence = tensor([
    [0.43, 0.15, 0.89],
    [0.55, 0.87, 0.66],
    [0.57, 0.85, 0.64],
    [0.22, 0.58, 0.33],
    [0.77, 0.25, 0.1],
    [0.05, 0.8, 0.55],
]);
const batch = stack([sentence, sentence]); // (2, 6, 3)
const sizes = { inputDim: 3, outputDim: 2 };
const row = (x, index) => gather(x, tensor(Int32Array.of(index))); // (1, C)
const vector = (x) => reshape(x, [x.size]);
const products = (a, b) => matmul(a, b, { transposeB: true });
const scores = products(sentence, sentence); // (6, 6)
const scores2 = vector(row(scores, 1));
/** Section 3.4, step by step, on the matrices of one module. */
function steps34() {
    const layer = seeded(new SelfAttentionV1(3, 2), 123);
    const query2 = matmul(row(sentence, 1), layer.query); // (1, 2)
    const keys = matmul(sentence, layer.key);
    const values = matmul(sentence, layer.value);
    const scores2 = products(query2, keys); // (1, 6)
    const weights2 = softmax(div(scores2, Math.sqrt(2)));
    return { layer, query2, keys, values, scores2, weights2, context2: matmul(weights2, values) };
}
/** Section 3.5, step by step, on the module of section 3.4's end. */
function steps35() {
    const layer = seeded(new SelfAttentionV2(3, 2), 789);
    const scores = products(layer.query.forward(sentence), layer.key.forward(sentence));
    const weights = softmax(div(scores, Math.sqrt(2)));
    const mask = cast(causalMask(6), "float32");
    const masked = mul(weights, mask);
    return {
        weights,
        mask,
        masked,
        renormalised: div(masked, sum(masked, { axis: -1, keepDims: true })),
        maskedScores: maskedFill(scores, not(causalMask(6)), -Infinity),
    };
}
/** Exercise 3.1: both modules with the weights of the second. */
function exercise31() {
    const second = seeded(new SelfAttentionV2(3, 2), 123);
    const first = new SelfAttentionV1(3, 2);
    for (const name of ["query", "key", "value"]) {
        const { data } = second[name].weight; // (2, 3)
        first[name].assign(Float32Array.from({ length: 6 }, (_, i) => data[(i % 2) * 3 + (i >> 1)]));
    }
    return { first, second };
}
function seeded(model, seed) {
    initialize(model, new Generator(seed));
    return model;
}
const wrapper = () => new MultiHeadAttentionWrapper({ ...sizes, numHeads: 2 });
/** Section 3.6's example, (1, 2, 3, 4). */
const heads = tensor([
    [
        [
            [0.2745, 0.6584, 0.2775, 0.8573],
            [0.8993, 0.039, 0.9268, 0.7388],
            [0.7179, 0.7058, 0.9156, 0.434],
        ],
        [
            [0.0772, 0.3565, 0.1479, 0.5331],
            [0.4066, 0.2318, 0.4545, 0.9737],
            [0.4606, 0.5159, 0.422, 0.5786],
        ],
    ],
]);
const head = (index) => reshape(slice(heads, { axis: 1, start: index, end: index + 1 }), [3, 4]);
export const chapter3 = {
    "ch03-3.3-scores2": () => vector(products(row(sentence, 1), sentence)),
    "ch03-3.3-dot": () => {
        const [a, b] = [row(sentence, 0), row(sentence, 1)];
        return [sum(mul(a, b)), vector(products(a, b))].map((x) => reshape(x, []));
    },
    "ch03-3.3-weights-sumnorm": () => {
        const weights = div(scores2, sum(scores2));
        return [weights, sum(weights)];
    },
    "ch03-3.3-weights-softmax": () => {
        const naive = div(exp(scores2), sum(exp(scores2)));
        return [softmax(scores2), sum(naive)];
    },
    "ch03-3.3-context2": () => vector(matmul(softmax(row(scores, 1)), sentence)),
    "ch03-3.3-scores": () => scores,
    "ch03-3.3-weights": () => softmax(scores),
    "ch03-3.3-rowsums": () => sum(softmax(scores), { axis: -1 }),
    "ch03-3.3-contexts": () => simpleSelfAttention(sentence),
    "ch03-3.4-query2": () => vector(steps34().query2),
    "ch03-3.4-kv-shapes": () => [steps34().keys.shape, steps34().values.shape],
    "ch03-3.4-score22": () => {
        const { query2, keys } = steps34();
        return sum(mul(query2, row(keys, 1)));
    },
    "ch03-3.4-scores2": () => vector(steps34().scores2),
    "ch03-3.4-weights2": () => vector(steps34().weights2),
    "ch03-3.4-context2": () => vector(steps34().context2),
    "ch03-3.4-sa-v1": () => steps34().layer.forward(sentence),
    "ch03-3.5-weights": () => steps35().weights,
    "ch03-3.5-tril": () => steps35().mask,
    "ch03-3.5-masked-simple": () => steps35().masked,
    "ch03-3.5-masked-renorm": () => steps35().renormalised,
    "ch03-3.5-masked-scores": () => steps35().maskedScores,
    "ch03-3.5-masked-softmax": () => softmax(div(steps35().maskedScores, Math.sqrt(2))),
    "ch03-3.5-dropout-ones": () => dropout(ones([6, 6]), 0.5, new Generator(123)),
    "ch03-3.5-batch-shape": () => batch.shape,
    "ch03-3.5-causal-class": () => seeded(new CausalAttention(sizes), 123).forward(batch),
    "ch03-3.6-wrapper": () => seeded(wrapper(), 123).forward(batch),
    "ch03-3.6-wrapper-shape": () => wrapper().forward(batch).shape,
    "ch03-3.6-mha-shape": () => new MultiHeadAttention({ ...sizes, numHeads: 2 }).forward(batch).shape,
    "ch03-3.6-batched-matmul": () => products(heads, heads),
    "ch03-3.6-per-head-matmul": () => [0, 1].map((index) => products(head(index), head(index))),
    "ch03-ex3.1-v1": () => exercise31().first.forward(sentence),
    "ch03-ex3.1-v2": () => exercise31().second.forward(sentence),
    "ch03-ex3.3-params": () => countParameters(new MultiHeadAttention({ inputDim: 768, outputDim: 768, numHeads: 12 })),
    "ch03-mha-nb-wrapper-shape": () => {
        const layer = new MultiHeadAttentionWrapper({ inputDim: 256, outputDim: 128, numHeads: 2 });
        return layer.forward(zeros([8, 4, 256])).shape;
    },
    "ch03-mha-nb-split-shape": () => {
        const layer = new MultiHeadAttention({ inputDim: 256, outputDim: 256, numHeads: 2 });
        return layer.forward(zeros([8, 4, 256])).shape;
    },
};
