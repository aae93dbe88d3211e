export { attend } from "./attend.ts";
export type { AttendOptions } from "./attend.ts";
export { CausalAttention } from "./causal-attention.ts";
export type { AttentionConfig } from "./causal-attention.ts";
export { Dropout } from "./dropout.ts";
export { Embedding } from "./embedding.ts";
export { FeedForward } from "./feed-forward.ts";
export { forLayer, positionsOf } from "./forward-options.ts";
export type { ForwardOptions } from "./forward-options.ts";
export type { ParameterRole, SchemeName } from "./initialization-schemes.ts";
export { CacheProbe, KvCache } from "./kv-cache.ts";
export type { Cache, CachedLayer, KeysAndValues } from "./kv-cache.ts";
export { GatedDeltaNet } from "./gated-delta-net.ts";
export type { GatedDeltaNetConfig } from "./gated-delta-net.ts";
export { GatedFeedForward } from "./gated-feed-forward.ts";
export type { GatedFeedForwardConfig } from "./gated-feed-forward.ts";
export { GroupedQueryAttention } from "./grouped-query-attention.ts";
export type { GroupedQueryAttentionConfig } from "./grouped-query-attention.ts";
export { LatentAttention } from "./latent-attention.ts";
export type { LatentAttentionConfig } from "./latent-attention.ts";
export type { LayerMemory } from "./layer-memory.ts";
export { LayerNorm } from "./layer-norm.ts";
export { Linear } from "./linear.ts";
export type { LinearOptions } from "./linear.ts";
export { MixtureOfExperts } from "./mixture-of-experts.ts";
export type { MixtureOfExpertsConfig } from "./mixture-of-experts.ts";
export {
  joinHeads,
  MultiHeadAttention,
  MultiHeadAttentionWrapper,
  splitHeads,
} from "./multi-head-attention.ts";
export type { MultiHeadAttentionConfig } from "./multi-head-attention.ts";
export { countParameters, namedParameters } from "./named-parameters.ts";
export { initialize, parameter } from "./parameter.ts";
export type { InitializeOptions } from "./parameter.ts";
export { PreNormBlock } from "./pre-norm-block.ts";
export { RmsNorm } from "./rms-norm.ts";
export { Rotary } from "./rotary.ts";
export type { RotaryConfig, RotaryTables } from "./rotary.ts";
export { quantizeWeights } from "./quantization.ts";
export type { Quantization } from "./quantization.ts";
export { rotaryMagnitude, rotarySpeeds } from "./rotary-scaling.ts";
export type { Llama3Scaling, LinearScaling, RotaryScaling, YarnScaling } from "./rotary-scaling.ts";
export { SelfAttentionV1, SelfAttentionV2, simpleSelfAttention } from "./self-attention.ts";
export { TransformerBlock } from "./transformer-block.ts";
export type { TransformerBlockConfig } from "./transformer-block.ts";
