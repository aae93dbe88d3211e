/**
 * @file A graph made fast: `compile` traces a pure function of tensors once and gives an asynchronous function of typed
 * arrays. What changes between calls is an input; parameters are read at each call, never captured.
 */
import { UserError } from "../errors.ts";
import type { NumericArray, Parameter, Values } from "../graph/index.ts";
import type { InputSpec } from "./dimensions.ts";
import type { Executable, PreparedRun } from "./executable.ts";
import { onnxExecutable } from "./onnx/executable.ts";
import type { OnnxOptions } from "./onnx/executable.ts";
import { referenceExecutable } from "./reference.ts";
import type { Traceable } from "./traced.ts";

export type RuntimeName = "onnx" | "reference";

export interface CompileOptions extends OnnxOptions {
  /** Which runtime; `SCRATCHLM_RUNTIME` unless said, else `onnx`. */
  readonly runtime?: RuntimeName;
  /** Memory for results, by position: a result without takes new memory at each run. Fixed shapes only. */
  readonly outputs?: readonly (NumericArray | undefined)[];
}

/** A compiled function. Calls may overlap where no result has memory of its own and nothing random is drawn. */
export interface Compiled {
  (...inputs: readonly (NumericArray | Values)[]): Promise<readonly Values[]>;
  /**
   * One run with memory for its results, by position; a result without takes new memory. A result may lie in the memory of
   * the input that it continues, for operations that work in place.
   */
  into(
    outputs: readonly (NumericArray | undefined)[],
    inputs: readonly (NumericArray | Values)[],
  ): Promise<readonly Values[]>;
  /**
   * The run that `into` would make, to be repeated: what is written into the inputs' arrays in between is what the next one
   * reads. Repeating costs less, for nothing is looked at anew; release it when the memory is to be another.
   */
  prepare(
    outputs: readonly (NumericArray | undefined)[],
    inputs: readonly (NumericArray | Values)[],
  ): PreparedRun;
  readonly runtime: RuntimeName;
  /** The parameters that the results rest on. */
  readonly parameters: readonly Parameter[];
  /** How many times the runtime has finished a run. */
  readonly runs: number;
  /** Operators that run on the CPU although another device was asked for. */
  readonly cpuFallbacks: readonly string[];
  /** Frees what the runtime holds; the function cannot be called after. */
  release(): void;
}

/** The runtime that `SCRATCHLM_RUNTIME` names: `onnx` unless set. */
export function defaultRuntime(): RuntimeName {
  const name = process.env["SCRATCHLM_RUNTIME"] || "onnx";
  if (name === "onnx" || name === "reference") return name;
  throw new UserError(`SCRATCHLM_RUNTIME: expected "onnx" or "reference", got "${name}".`);
}

/** Traces `fn` at `specs` and makes it ready to run. */
export async function compile(
  fn: Traceable,
  specs: readonly InputSpec[],
  options: CompileOptions = {},
): Promise<Compiled> {
  const runtime = options.runtime ?? defaultRuntime();
  const executable =
    runtime === "reference"
      ? referenceExecutable(fn, specs)
      : await onnxExecutable(fn, specs, options);
  const run: Executable["run"] = async (inputs, outputs) => {
    const results = await executable.run(inputs, outputs);
    compiled.runs++;
    return results;
  };
  const call = (...inputs: readonly (NumericArray | Values)[]) => run(inputs, options.outputs);
  const compiled = Object.assign(call, {
    runtime,
    into: (
      outputs: readonly (NumericArray | undefined)[],
      inputs: readonly (NumericArray | Values)[],
    ) => run(inputs, outputs),
    prepare: (
      outputs: readonly (NumericArray | undefined)[],
      inputs: readonly (NumericArray | Values)[],
    ) => {
      const prepared = executable.prepare(inputs, outputs);
      const again = async () => {
        await prepared.run();
        compiled.runs++;
      };
      return { run: again, release: () => prepared.release() };
    },
    parameters: executable.parameters,
    runs: 0,
    cpuFallbacks: executable.cpuFallbacks,
    release: () => executable.release(),
  });
  return compiled;
}
