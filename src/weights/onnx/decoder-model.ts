/** @file A model as one ONNX graph with a growing cache, its inputs and outputs named as transformers.js names them. */
import type { Tensor } from "../../graph/index.ts";
import type { CausalLanguageModel } from "../../models/index.ts";
import { CacheProbe } from "../../nn/index.ts";
import { concat, positions, reshape } from "../../ops/index.ts";
import { dimension, emitFunction } from "../../runtime/index.ts";
import type { InputSpec, OnnxModel, OnnxNode } from "../../runtime/index.ts";
import { GrowingCache } from "./growing-cache.ts";

/** Longest text of an exported model with rotary positions, whose angles are tables in the file. */
const mostRows = 16_384;

type Info = OnnxModel["inputs"][number];

/** The graph of `model`, its weights as initializers. */
export function decoderModel(model: CausalLanguageModel): OnnxModel {
  const probe = new CacheProbe(1);
  model.hiddenStates(reshape(positions(1), [1, 1]), { cache: probe });
  const { layers } = probe;
  const B = dimension("batch_size", 5);
  const T = dimension("sequence_length", Math.min(7, model.config.contextLength));
  const P = dimension("past_sequence_length", 9);
  const int32 = (...shape: InputSpec["shape"]): InputSpec => ({ dtype: "int32", shape });
  const caches = layers.flatMap(({ numKvHeads, headDim }) => {
    const spec: InputSpec = { dtype: "float32", shape: [B, numKvHeads, P, headDim] };
    return [spec, spec];
  });
  const contextLength = Math.min(model.config.contextLength, mostRows);
  const fn = (...inputs: Tensor[]) => {
    const [ids, at, pastMask, newMask, ...past] = inputs;
    const cache = new GrowingCache({
      positions: at,
      mask: concat([pastMask, newMask], { axis: 1 }),
      past: layers.map((_, i) => ({ keys: past[2 * i], values: past[2 * i + 1] })),
      contextLength,
    });
    const logits = model.forward(ids, { cache }); // (B, T, V)
    return [logits, ...cache.present.flatMap(({ keys, values }) => [keys, values])];
  };
  const specs = [int32(B, T), int32(B, T), int32(B, P), int32(B, T), ...caches];
  const { model: traced } = emitFunction(fn, specs, { parameters: "initializers" });
  return withPublicNames(traced);
}

const int32Code = 6;

/** Ids and masks come in as int64, the mask in one piece; all else is renamed. */
function withPublicNames(traced: OnnxModel): OnnxModel {
  const [ids, at, pastMask, newMask, ...past] = traced.inputs;
  const names = new Map<string, string>();
  const pair = (i: number) => `${i >> 1}.${i % 2 === 0 ? "key" : "value"}`;
  past.forEach(({ name }, i) => names.set(name, `past_key_values.${pair(i)}`));
  traced.outputs.forEach(({ name }, i) =>
    names.set(name, i === 0 ? "logits" : `present.${pair(i - 1)}`),
  );
  const renamed = (name: string) => names.get(name) ?? name;
  const rename = ({ name, ...rest }: Info): Info => ({ ...rest, name: renamed(name) });
  const cast = (from: string, to: string): OnnxNode => ({
    ...{ opType: "Cast", inputs: [from], outputs: [to], attributes: { to: { int: int32Code } } },
  });
  const sliced = (from: string, to: string, out: string): OnnxNode => ({
    ...{ opType: "Slice", inputs: ["mask_int32", from, to, "mask_axis"], outputs: [out] },
  });
  const constant = (name: string, value: bigint) => {
    return { name, dtype: "int64", shape: [1], data: BigInt64Array.of(value) } as const;
  };
  const whole = (name: string, length: string): Info => {
    return { name, dtype: "int64", shape: ["batch_size", length] };
  };
  return {
    nodes: [
      cast("input_ids", ids.name),
      cast("position_ids", at.name),
      cast("attention_mask", "mask_int32"),
      {
        ...{ opType: "Shape", inputs: [renamed(past[0].name)], outputs: ["past_length"] },
        attributes: { start: { int: 2 }, end: { int: 3 } },
      },
      sliced("mask_start", "past_length", pastMask.name),
      sliced("past_length", "mask_end", newMask.name),
      ...traced.nodes.map((node) => ({
        ...node,
        inputs: node.inputs.map(renamed),
        outputs: node.outputs.map(renamed),
      })),
    ],
    inputs: [
      whole("input_ids", "sequence_length"),
      whole("attention_mask", "total_sequence_length"),
      whole("position_ids", "sequence_length"),
      ...past.map(rename),
    ],
    outputs: traced.outputs.map(rename),
    initializers: [
      ...traced.initializers,
      ...[constant("mask_start", 0n), constant("mask_end", 2n ** 62n), constant("mask_axis", 1n)],
    ],
  };
}
