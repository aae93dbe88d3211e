/** @file Compiled functions on the reference interpreter: the same contract as ONNX Runtime's, one thread, plain TypeScript. */
import { evaluate } from "../graph/index.ts";
import type { NumericArray, Tensor, Values } from "../graph/index.ts";
import type { InputSpec, Sizes } from "./dimensions.ts";
import { dimensionsOf, solveSizes, specAt } from "./dimensions.ts";
import { Draws } from "./draws.ts";
import type { Executable } from "./executable.ts";
import { trace } from "./traced.ts";
import type { Traceable, Traced } from "./traced.ts";

/** Traces anew for each set of named lengths, and interprets. */
export function referenceExecutable(fn: Traceable, specs: readonly InputSpec[]): Executable {
  const traces = new Map<string, { readonly traced: Traced; readonly draws: Draws }>();
  const traceAt = (sizes: Sizes) => {
    const key = JSON.stringify(sizes);
    const known = traces.get(key);
    if (known) return known;
    const traced = trace(
      fn,
      specs.map((spec) => specAt(spec, sizes)),
    );
    const made = { traced, draws: new Draws(traced.draws) };
    traces.set(key, made);
    return made;
  };
  const samples = Object.fromEntries(dimensionsOf(specs).map((d) => [d.name, d.sample]));
  const run: Executable["run"] = async (inputs, into) => {
    const { sizes, values } = solveSizes(specs, inputs);
    const { traced, draws } = traceAt(sizes);
    const drawn = await draws.fill();
    const feeds = new Map<Tensor, NumericArray>();
    traced.inputs.forEach((input, i) => feeds.set(input, values[i].data));
    draws.inputs.forEach((input, i) => feeds.set(input, drawn[i]));
    return evaluate(traced.outputs, { feeds }).map((result, i) => copyInto(result, into?.[i]));
  };
  return {
    parameters: traceAt(samples).traced.parameters,
    cpuFallbacks: [],
    run,
    prepare: (inputs, into) => ({
      run: async () => void (await run(inputs, into)),
      release() {},
    }),
    release() {
      traces.clear();
    },
  };
}

function copyInto(result: Values, memory: NumericArray | undefined): Values {
  if (!memory) return { ...result, data: result.data.slice() };
  memory.set(result.data);
  return { ...result, data: memory };
}
