/** @file Compiled functions on ONNX Runtime. */
import { sameShape, sizeOf } from "../../graph/index.ts";
import type { DType, NumericArray, Parameter, Shape, Tensor, Values } from "../../graph/index.ts";
import { dimensionsOf, solveSizes, specAt } from "../dimensions.ts";
import type { InputSpec, Sizes } from "../dimensions.ts";
import { Draws } from "../draws.ts";
import type { Executable } from "../executable.ts";
import { trace } from "../traced.ts";
import type { Traceable, Traced } from "../traced.ts";
import type { TensorValue } from "./element-type.ts";
import { emitModel } from "./emit.ts";
import { freeDimensions, NoPolynomial } from "./free-dimensions.ts";
import { fittings } from "./length-polynomial.ts";
import { encodeForSession, externalInitializers } from "./model.ts";
import type { OnnxInitializer, OnnxModel } from "./model.ts";
import { NodeSession } from "./session-node.ts";

export interface OnnxOptions {
  readonly device?: "cpu" | "webgpu";
  /** Threads of one run; all cores unless said. */
  readonly threads?: number;
  /**
   * Parameters as inputs, read at each run (default); as constants that the session may fold and pack; or `moved`, as constants
   * that nobody else has any more: they have no numbers afterwards.
   */
  readonly parameters?: "inputs" | "initializers" | "moved";
  /** Whether composites may take their fused spelling; default true. */
  readonly isFused?: boolean;
}

interface Emitted {
  readonly traced: Traced;
  readonly model: OnnxModel;
  readonly outputShapes: (sizes: Sizes) => readonly Shape[];
}

/** Traces, emits and loads: the model is ready when this resolves. */
export async function onnxExecutable(
  fn: Traceable,
  specs: readonly InputSpec[],
  options: OnnxOptions,
): Promise<Executable> {
  const { traced, outputShapes, bytes, weights } = encodeFunction(fn, specs, options);
  const { device, threads } = options;
  const session = await NodeSession.create(bytes, {
    ...(device && { device }),
    ...(threads !== undefined && { threads }),
    ...(weights.length > 0 && { initializers: takenFrom(weights) }),
    ownsInitializers: options.parameters === "moved",
  });
  const draws = new Draws(traced.draws);
  const isFed = isFedWith(options.parameters);
  const bindingOf = (
    inputs: readonly (NumericArray | Values)[],
    into?: readonly (NumericArray | undefined)[],
  ) => {
    const { sizes, values } = solveSizes(specs, inputs);
    const feeds = new Map<string, TensorValue>();
    traced.inputs.forEach((input, i) => feeds.set(input.label, values[i]));
    for (const [at, data] of draws.memory.entries()) {
      feeds.set(`draw_${at}`, { dtype: "float32", shape: draws.inputs[at].shape, data });
    }
    if (isFed) traced.parameters.forEach((p, i) => feeds.set(`parameter_${i}`, valueOf(p)));
    const results = outputShapes(sizes).map((shape, i) => {
      const { dtype } = traced.outputs[i];
      return { dtype, shape, data: into?.[i] ?? arrayFor(dtype, shape) };
    });
    return { feeds, results, fetches: new Map(results.map((one, i) => [`output_${i}`, one])) };
  };
  const run: Executable["run"] = async (inputs, into) => {
    const { feeds, results, fetches } = bindingOf(inputs, into);
    await draws.fill();
    await session.run(feeds, fetches);
    return results satisfies Values[];
  };
  return {
    parameters: traced.parameters,
    cpuFallbacks: session.cpuFallbacks,
    run,
    prepare(inputs, into) {
      // parameters that are read at each run may have moved, and draws be others
      if (isFed || draws.inputs.length > 0)
        return { run: async () => void (await run(inputs, into)), release() {} };
      const { feeds, fetches } = bindingOf(inputs, into);
      return session.prepare(feeds, fetches);
    },
    release: () => session.release(),
  };
}

/** By itself, so that nothing but `weights` holds the model's numbers when it has returned. */
function encodeFunction(fn: Traceable, specs: readonly InputSpec[], options: OnnxOptions) {
  const { traced, model, outputShapes } = emitFunction(fn, specs, options);
  const bytes = encodeForSession(model);
  const weights = [...externalInitializers(model)];
  if (options.parameters === "moved") for (const one of traced.parameters) one.discard();
  return { traced, outputShapes, bytes, weights };
}

type NamedInitializer = readonly [name: string, value: OnnxInitializer];

/** Takes initializers out of a list, so that it does not hold those that are done with. */
function* takenFrom(weights: NamedInitializer[]): Generator<NamedInitializer> {
  while (weights.length > 0) yield weights.shift()!;
}

/** The model of a function, with free lengths where its specs name dimensions. */
export function emitFunction(
  fn: Traceable,
  specs: readonly InputSpec[],
  options: Pick<OnnxOptions, "parameters" | "isFused" | "device">,
): Emitted {
  const dimensions = dimensionsOf(specs);
  const hasFreeLengths = dimensions.length > 0;
  const emitAt = (sizes: Sizes) => {
    const traced = trace(
      fn,
      specs.map((spec) => specAt(spec, sizes)),
    );
    return {
      traced,
      model: emitModel(traced.outputs, { ...emitOptions(traced, options), hasFreeLengths }),
    };
  };
  if (!hasFreeLengths) {
    const { traced, model } = emitAt({});
    const shapes = traced.outputs.map(({ shape }) => shape);
    return { traced, model, outputShapes: () => shapes };
  }
  for (const [i, fitting] of fittings.entries()) {
    const versions = fitting.points(dimensions).map(emitAt);
    requireFixedDraws(versions.map(({ traced }) => traced));
    const models = versions.map(({ model }) => model);
    try {
      const { traced } = versions[0];
      return { traced, ...freeDimensions(models, fitting, dimensions, specs) };
    } catch (error) {
      if (!(error instanceof NoPolynomial) || i === fittings.length - 1) throw error;
    }
  }
  throw new Error("compile: expected a way to fit lengths, got none.");
}

/** Random numbers have memory of one size, made beforehand. */
function requireFixedDraws([base, ...others]: readonly Traced[]): void {
  const isFixed = ({ draws }: Traced) =>
    draws.every(({ shape }, at) => sameShape(shape, base.draws[at].shape));
  if (others.every(isFixed)) return;
  throw new Error(
    "compile: expected random draws of fixed shapes, got one that follows a named dimension. Fix its length.",
  );
}

/**
 * Operators of ours that ONNX Runtime has for the CPU alone, and that matter enough to be spelt otherwise; and one whose
 * cache is another on WebGPU than the law says (1.30, a batch of rows of different lengths).
 */
const lackingOn = {
  cpu: new Set<string>(),
  webgpu: new Set(["com.microsoft.FusedMatMul", "LogSoftmax", "com.microsoft.GroupQueryAttention"]),
} as const;

function emitOptions(traced: Traced, { parameters, isFused = true, device = "cpu" }: OnnxOptions) {
  const inputs = new Map<Tensor, string>();
  for (const input of traced.inputs) inputs.set(input, input.label);
  traced.draws.forEach((input, at) => inputs.set(input, `draw_${at}`));
  if (isFedWith(parameters)) {
    traced.parameters.forEach((parameter, at) => inputs.set(parameter, `parameter_${at}`));
  }
  return { inputs, isFused, lacking: lackingOn[device] };
}

function isFedWith(parameters: OnnxOptions["parameters"] = "inputs"): boolean {
  return parameters === "inputs";
}

function valueOf(parameter: Parameter): TensorValue {
  return { dtype: "float32", shape: parameter.shape, data: parameter.data };
}

function arrayFor(dtype: DType, shape: Shape): Exclude<NumericArray, Float64Array> {
  const size = sizeOf(shape);
  if (dtype === "float32") return new Float32Array(size);
  return dtype === "int32" ? new Int32Array(size) : new Uint8Array(size);
}
