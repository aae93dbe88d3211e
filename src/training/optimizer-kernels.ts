/**
 * @file What training does to buffers in memory, element by element, as WebAssembly kernels. Optimizer updates follow PyTorch's
 * single-tensor path operation by operation, each rounded to float32; the graphs that define them stand in `adamw.ts`
 * and `sgd.ts`.
 */
import {
  extractFloat64,
  getLocal,
  instruction,
  loadFloat32,
  loadVector,
  setLocal,
  upperHalf,
} from "../wasm/index.ts";
import { kernelParameters, loopLocals, overElements, vectorKernel } from "./vector-kernel.ts";
import type { Kernel } from "./vector-kernel.ts";
import type { Code } from "../wasm/index.ts";

/** One step of AdamW; see `adamW` for the formula and `adamWCoefficients` for the scalars. */
export const adamWKernel = vectorKernel({
  name: "adamW",
  buffers: ["parameter", "gradient", "mean", "variance"],
  scalars: [
    "gradientScale",
    "decayFactor",
    "meanWeight",
    "varianceFactor",
    "varianceWeight",
    "correction",
    "epsilon",
    "negativeStepSize",
  ],
  temporaries: ["g", "m", "v"],
  formula: ({ add, sub, mul, div, sqrt, read, write, scalar, get, set }) => [
    set("g", mul(read("gradient"), scalar("gradientScale"))),
    set("m", read("mean")),
    set("m", add(get("m"), mul(scalar("meanWeight"), sub(get("g"), get("m"))))),
    set("v", mul(read("variance"), scalar("varianceFactor"))),
    set("v", add(get("v"), mul(mul(scalar("varianceWeight"), get("g")), get("g")))),
    write("mean", get("m")),
    write("variance", get("v")),
    set("v", add(div(sqrt(get("v")), scalar("correction")), scalar("epsilon"))),
    set("m", div(mul(scalar("negativeStepSize"), get("m")), get("v"))),
    write("parameter", add(mul(read("parameter"), scalar("decayFactor")), get("m"))),
  ],
});

const sgdScalars = ["gradientScale", "weightDecay", "negativeLearningRate"] as const;

/** One step of SGD without momentum. */
export const sgdKernel = vectorKernel({
  name: "sgd",
  buffers: ["parameter", "gradient"],
  scalars: sgdScalars,
  temporaries: ["p", "g"],
  formula: ({ add, mul, read, write, scalar, get, set }) => [
    set("p", read("parameter")),
    set("g", mul(read("gradient"), scalar("gradientScale"))),
    set("g", add(get("g"), mul(scalar("weightDecay"), get("p")))),
    write("parameter", add(get("p"), mul(scalar("negativeLearningRate"), get("g")))),
  ],
});

/** One step of SGD with momentum, plain or Nesterov's. */
const momentumKernel = (name: string, isNesterov: boolean) =>
  vectorKernel({
    name,
    buffers: ["parameter", "gradient", "momentum"],
    scalars: [...sgdScalars, "momentum"],
    temporaries: ["p", "g", "b"],
    formula: ({ add, mul, read, write, scalar, get, set }) => [
      set("p", read("parameter")),
      set("g", mul(read("gradient"), scalar("gradientScale"))),
      set("g", add(get("g"), mul(scalar("weightDecay"), get("p")))),
      set("b", add(mul(read("momentum"), scalar("momentum")), get("g"))),
      write("momentum", get("b")),
      set("g", isNesterov ? add(get("g"), mul(scalar("momentum"), get("b"))) : get("b")),
      write("parameter", add(get("p"), mul(scalar("negativeLearningRate"), get("g")))),
    ],
  });

export const sgdMomentumKernel = momentumKernel("sgdMomentum", false);
export const sgdNesterovKernel = momentumKernel("sgdNesterov", true);

/** gradient ← gradient + incoming. */
export const accumulateKernel = vectorKernel({
  name: "accumulate",
  buffers: ["gradient", "incoming"],
  scalars: [],
  temporaries: [],
  formula: ({ add, read, write }) => [write("gradient", add(read("gradient"), read("incoming")))],
});

/** Returns the sum of the gradient's squares, squared and added up in float64. */
export const sumOfSquaresKernel = sumOfSquares();

function sumOfSquares(): Kernel<"gradient", never> {
  const parameters = kernelParameters(1, 0);
  const locals = [...loopLocals, "v128", "v128", "f64", "f64"] as const;
  const [values, vectorTotal, value, total] = [2, 3, 4, 5].map((n) => n + parameters.length);
  const addSquares = (float32s: Code) => [
    ...setLocal(values, instruction("f64x2.promote_low_f32x4", float32s)),
    ...addTo(
      vectorTotal,
      "f64x2.add",
      instruction("f64x2.mul", getLocal(values), getLocal(values)),
    ),
  ];
  const load = loadVector(getLocal(0));
  const loops = overElements(1, parameters.length, {
    four: [...addSquares(load), ...addSquares(upperHalf(load))],
    one: [
      ...setLocal(value, instruction("f64.promote_f32", loadFloat32(getLocal(0)))),
      ...addTo(total, "f64.add", instruction("f64.mul", getLocal(value), getLocal(value))),
    ],
  });
  const lane = (index: 0 | 1) => extractFloat64(index, getLocal(vectorTotal));
  const sum = instruction("f64.add", instruction("f64.add", lane(0), lane(1)), getLocal(total));
  const name = "sumOfSquares";
  const body = [...loops, ...sum];
  return {
    buffers: ["gradient"],
    scalars: [],
    function: { name, parameters, result: "f64", locals, body },
  };
}

function addTo(local: number, add: "f64.add" | "f64x2.add", value: Code): Code {
  return setLocal(local, instruction(add, getLocal(local), value));
}

/** Every kernel; a module holds them all. */
export const kernels: readonly Kernel[] = [
  adamWKernel,
  sgdKernel,
  sgdMomentumKernel,
  sgdNesterovKernel,
  accumulateKernel,
  sumOfSquaresKernel,
];
