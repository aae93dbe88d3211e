/**
 * @file Parameters that remember how they begin. Making a model allocates nothing; `initialize` draws all parameters in
 * the order in which they were made, so a seed gives the weights that PyTorch's modules would have.
 */
import { Parameter } from "../graph/index.ts";
import type { Shape } from "../graph/index.ts";
import type { Generator, Initializer } from "../random/index.ts";
import { schemes } from "./initialization-schemes.ts";
import type { ParameterRole, SchemeName } from "./initialization-schemes.ts";
import { namedParameters } from "./named-parameters.ts";

interface Beginning {
  readonly initializer: Initializer;
  readonly role: ParameterRole;
}

const beginnings = new WeakMap<Parameter, Beginning>();

/** A parameter of `shape` that `initialize` fills with `initializer`; `role` is what other schemes go by. */
export function parameter(
  shape: Shape,
  initializer: Initializer,
  role: ParameterRole = "weight",
): Parameter {
  const made = new Parameter(shape);
  beginnings.set(made, { initializer, role });
  return made;
}

export interface InitializeOptions {
  /** `pytorch` (default): each layer as `torch.nn` would; `gpt2`: as GPT-2 was pretrained. */
  readonly scheme?: SchemeName;
}

/** Allocates and draws every parameter of `model`, in order of creation whatever the scheme. */
export function initialize(
  model: object,
  generator: Generator,
  { scheme = "pytorch" }: InitializeOptions = {},
): void {
  const parameters = [...namedParameters(model).values()].sort((a, b) => a.ordinal - b.ordinal);
  const all = parameters.map((one) => ({ one, ...beginningOf(one) }));
  const numResidual = all.filter(({ role }) => role === "residual").length;
  for (const { one, initializer, role } of all) {
    const fill = schemes[scheme](role, initializer, numResidual);
    const data = new Float32Array(one.size);
    fill(generator, data, one.shape);
    one.assign(data);
  }
}

function beginningOf(one: Parameter): Beginning {
  const beginning = beginnings.get(one);
  if (beginning) return beginning;
  throw new Error(`initialize: "${one.name}" has no initializer. Make it with parameter().`);
}
