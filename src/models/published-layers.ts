/** @file What layers are called in the checkpoints of Llama and of all that came after it. */
import type {
  Embedding,
  GatedFeedForward,
  GroupedQueryAttention,
  Linear,
  RmsNorm,
} from "../nn/index.ts";
import { published } from "./published-tensors.ts";
import type { PublishedTensor } from "./published-tensors.ts";

interface Decoder<B> {
  readonly tokenEmbedding: Embedding;
  readonly blocks: readonly B[];
  readonly finalNorm: RmsNorm;
  readonly head: Linear | undefined;
}

/** The embedding, the last norm and the head, around what `block` says of each layer. */
export function publishedDecoder<B>(
  model: Decoder<B>,
  block: (block: B, path: string) => readonly PublishedTensor[],
): PublishedTensor[] {
  return [
    published("model.embed_tokens.weight", model.tokenEmbedding.weight),
    ...model.blocks.flatMap((one, layer) => block(one, `model.layers.${layer}`)),
    published("model.norm.weight", model.finalNorm.weight),
    ...(model.head ? [published("lm_head.weight", model.head.weight)] : []),
  ];
}

export function publishedAttention(
  { query, key, value, projection, queryNorm, keyNorm }: GroupedQueryAttention,
  path: string,
): PublishedTensor[] {
  return [
    published(`${path}.q_proj.weight`, query.weight),
    published(`${path}.k_proj.weight`, key.weight),
    published(`${path}.v_proj.weight`, value.weight),
    published(`${path}.o_proj.weight`, projection.weight),
    ...(queryNorm ? [published(`${path}.q_norm.weight`, queryNorm.weight)] : []),
    ...(keyNorm ? [published(`${path}.k_norm.weight`, keyNorm.weight)] : []),
  ];
}

export function publishedFeedForward(
  { gate, up, down }: GatedFeedForward,
  path: string,
): PublishedTensor[] {
  return [
    published(`${path}.gate_proj.weight`, gate.weight),
    published(`${path}.up_proj.weight`, up.weight),
    published(`${path}.down_proj.weight`, down.weight),
  ];
}
