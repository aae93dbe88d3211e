export type { Probability } from "./bernoulli.ts";
export type { Outcomes } from "./categorical.ts";
export { dataLoaderOrder } from "./data-loader-order.ts";
export { dropoutMask } from "./dropout-mask.ts";
export { Generator } from "./generator.ts";
export {
  constant,
  embedding,
  linearBias,
  linearWeight,
  normalInit,
  uniformInit,
  type Initializer,
} from "./initializers.ts";
export type { MultinomialOptions } from "./multinomial.ts";
export type { NormalShape } from "./normal.ts";
export { samplePermutation } from "./sample-permutation.ts";
export type { UniformRange } from "./uniform.ts";
