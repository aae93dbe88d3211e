/** @file A function of tensors, traced once into a graph: its inputs, outputs, parameters and random draws. */
import { Input, Parameter, throughBodies, topological, tracing } from "../graph/index.ts";
import type { Spec, Tensor } from "../graph/index.ts";

/** A pure function of tensors. */
export type Traceable = (...inputs: Tensor[]) => readonly Tensor[];

export interface Traced {
  readonly inputs: readonly Input[];
  readonly outputs: readonly Tensor[];
  /** Every parameter that the outputs rest on; what a parameter holds is read at each run, never captured. */
  readonly parameters: readonly Parameter[];
  /** Random inputs, in the order in which they are to be filled before each run. */
  readonly draws: readonly Input[];
}

/** Calls `fn` with fresh inputs of these specs. */
export function trace(fn: Traceable, specs: readonly Spec[]): Traced {
  const inputs = specs.map((spec, index) => new Input(spec, `input_${index}`));
  const { result: outputs, draws } = tracing(() => fn(...inputs));
  const leaves = topological(outputs, throughBodies).filter(({ origin }) => !origin);
  const parameters = leaves.filter((leaf): leaf is Parameter => leaf instanceof Parameter);
  const known = new Set<Tensor>([...inputs, ...draws]);
  const stray = leaves.find((leaf) => leaf instanceof Input && !known.has(leaf));
  if (stray) {
    throw new Error("trace: expected only inputs of the traced function, got one of another.");
  }
  return { inputs, outputs, parameters, draws };
}
