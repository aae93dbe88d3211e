/** @file Which parameters weight decay pulls towards zero. */
import type { Parameter } from "../graph/index.ts";

/** A choice that optimizers share. */
export interface DecayOptions {
  /**
   * Spares parameters of fewer than two dimensions (biases and the gains of norms), as GPT-2's successors are trained.
   * False by default: everything decays, as with `torch.optim.AdamW(model.parameters())`.
   */
  readonly decayMatricesOnly?: boolean;
}

/** Whether weight decay applies to `parameter`. */
export function decaysWeight({ shape }: Parameter, { decayMatricesOnly }: DecayOptions): boolean {
  return !decayMatricesOnly || shape.length >= 2;
}
