import { UserError } from "../errors.ts";
import type { Parameter, Tensor } from "../graph/index.ts";
import { mixtureOfExperts, reshape } from "../ops/index.ts";
import { uniformInit } from "../random/index.ts";
import type { Initializer } from "../random/index.ts";
import type { ForwardOptions } from "./forward-options.ts";
import { Linear } from "./linear.ts";
import { parameter } from "./parameter.ts";

export interface MixtureOfExpertsConfig {
  readonly embedDim: number;
  /** Width inside an expert. */
  readonly expertDim: number;
  readonly numExperts: number;
  /** Experts that a token asks. */
  readonly numExpertsPerToken: number;
  /** Whether the shares of those asked are made to sum to 1; default true. */
  readonly hasNormalisedShares?: boolean;
}

/** Several gated feed-forwards, of which a router picks a few for each token: `(…, C) → (…, C)`. */
export class MixtureOfExperts {
  readonly router: Linear;
  /** `(E, expertDim, C)`. */
  readonly gate: Parameter;
  /** `(E, expertDim, C)`. */
  readonly up: Parameter;
  /** `(E, C, expertDim)`. */
  readonly down: Parameter;
  readonly #config: MixtureOfExpertsConfig;

  constructor(config: MixtureOfExpertsConfig) {
    const { embedDim: C, expertDim: I, numExperts: E, numExpertsPerToken: k } = config;
    if (!(k >= 1 && k <= E)) {
      throw new UserError(`experts: expected from 1 to numExperts ${E} for each token, got ${k}.`);
    }
    this.router = new Linear(C, E, { hasBias: false });
    this.gate = parameter([E, I, C], likeLinear(C));
    this.up = parameter([E, I, C], likeLinear(C));
    this.down = parameter([E, C, I], likeLinear(I), "residual");
    this.#config = config;
  }

  forward(x: Tensor, { cache }: ForwardOptions = {}): Tensor {
    const rows = reshape(x, [-1, x.shape.at(-1)!]); // (N, C)
    const mixed = mixtureOfExperts(
      ...([rows, this.router.forward(rows), this.gate, this.up, this.down] as const),
      {
        k: this.#config.numExpertsPerToken,
        isNormalised: this.#config.hasNormalisedShares ?? true,
        isSparse: cache !== undefined, // then the tokens are few, and nothing is trained
      },
    );
    return reshape(mixed, x.shape);
  }
}

/** What `Linear` with so many inputs begins with. */
const likeLinear = (inputDim: number): Initializer =>
  uniformInit(-1 / Math.sqrt(inputDim), 1 / Math.sqrt(inputDim));
