import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { Parameter, tensor, values } from "../graph/index.ts";
import type { Tensor } from "../graph/index.ts";
import { compile } from "../runtime/index.ts";
import { openSafetensors, writeSafetensors } from "../weights/index.ts";
import { AdamW } from "./adamw-optimizer.ts";
import { adamW, adamWCoefficients, adamWDefaults } from "./adamw.ts";
import type { AdamWCoefficients } from "./adamw.ts";
import { clippingFactor } from "./gradient-clipping.ts";
import type { Optimizer } from "./optimizer.ts";
import { Sgd } from "./sgd-optimizer.ts";
import { sgd, sgdDefaults } from "./sgd.ts";

const fixtures = new URL("../../test/fixtures/training/", import.meta.url);
const shapes = { matrix: [5, 7], vector: [13], cube: [3, 4, 2] };
const names = Object.keys(shapes) as (keyof typeof shapes)[];
const coefficientNames = Object.keys(
  adamWCoefficients(adamWDefaults, { learningRate: 1, step: 1 }),
) as (keyof AdamWCoefficients)[];

/** One run of PyTorch, with its words for the options. */
interface Run {
  readonly optimizer: "AdamW" | "SGD";
  readonly lr: number;
  readonly betas?: readonly [number, number];
  readonly eps?: number;
  readonly weight_decay?: number;
  readonly momentum?: number;
  readonly nesterov?: boolean;
  readonly clip: number | null;
  readonly norms: readonly number[];
}

interface Report {
  readonly steps: number;
  readonly runs: Readonly<Record<string, Run>>;
}

const text = await readFile(new URL("optimizers.json", fixtures), "utf8");
const { steps, runs } = JSON.parse(text) as Report;
const recorded = new Map<string, Float32Array>();

beforeAll(async () => {
  const file = await openSafetensors(new URL("optimizers.safetensors", fixtures).pathname);
  for (const name of file.entries.keys()) recorded.set(name, await file.readFloat32(name));
  await file.close();
});

/** The values of step `step`, counted from 0, of a tensor recorded for all steps. */
function at(key: string, step: number): Float32Array {
  const all = recorded.get(key)!;
  return all.subarray((step * all.length) / steps, ((step + 1) * all.length) / steps);
}

function adamWOptionsOf({ betas, eps, weight_decay }: Run) {
  return {
    ...adamWDefaults,
    ...(betas && { betas }),
    ...(eps !== undefined && { epsilon: eps }),
    ...(weight_decay !== undefined && { weightDecay: weight_decay }),
  };
}

function sgdOptionsOf({ momentum = 0, nesterov = false, weight_decay = 0 }: Run) {
  return { ...sgdDefaults, momentum, nesterov, weightDecay: weight_decay };
}

function parametersAtStart(): Parameter[] {
  return names.map((name) => {
    const parameter = new Parameter(shapes[name]);
    parameter.name = name;
    parameter.assign(recorded.get(`start.${name}`)!.slice());
    return parameter;
  });
}

async function optimizerOf(run: Run, parameters: Parameter[], accumulates = false) {
  return run.optimizer === "AdamW"
    ? AdamW.create(parameters, { ...adamWOptionsOf(run), accumulates })
    : Sgd.create(parameters, { ...sgdOptionsOf(run), accumulates });
}

const learningRateAt = (run: Run, step: number) => (run.lr * (step + 1)) / steps;

/** The step that the fixture took, by an optimizer on memory. */
async function stepAs(run: Run, optimizer: Optimizer, step: number): Promise<void> {
  for (const { parameter, gradient } of optimizer.memory.slots) {
    gradient.set(at(`gradients.${parameter.name}`, step));
  }
  const norm = await optimizer.gradientNorm();
  const gradientScale = run.clip === null ? 1 : clippingFactor(norm, run.clip);
  if (run.clip !== null) expect(norm / run.norms[step]).toBeCloseTo(1, 6); // theirs is float32
  await optimizer.step({ learningRate: learningRateAt(run, step), gradientScale });
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), 0);
}

// Values are below 8, where float32 is spaced by 4.8e-7; PyTorch fuses some multiply-adds, so a few roundings differ.
const tolerance = 1e-6;

test.each(Object.entries(runs))("20 steps by the kernel are PyTorch's: %s", async (key, run) => {
  const parameters = parametersAtStart();
  const optimizer = await optimizerOf(run, parameters);
  for (let step = 0; step < steps; step++) {
    await stepAs(run, optimizer, step);
    for (const { name, data } of parameters) {
      expect(largestDifference(data, at(`${key}.${name}`, step))).toBeLessThan(tolerance);
    }
  }
});

const unclipped = Object.entries(runs).filter(([, { clip }]) => clip === null);

test.each(unclipped)("20 steps by the definition are PyTorch's: %s", (key, run) => {
  for (const name of names) {
    const shape = shapes[name];
    let parameter: Tensor = tensor(recorded.get(`start.${name}`)!, { shape });
    const none = tensor(new Float32Array(parameter.size), { shape });
    let [mean, variance, buffer]: Tensor[] = [none, none, none];
    for (let step = 0; step < steps; step++) {
      const gradient = tensor(at(`gradients.${name}`, step), { shape });
      const learningRate = learningRateAt(run, step);
      if (run.optimizer === "AdamW") {
        const now = { learningRate, step: step + 1 };
        const coefficients = adamWCoefficients(adamWOptionsOf(run), now);
        const moments = { mean, variance };
        ({ parameter, mean, variance } = adamW(parameter, gradient, moments, coefficients));
      } else {
        const options = { ...sgdOptionsOf(run), learningRate };
        ({ parameter, buffer } = sgd(parameter, gradient, buffer, options));
      }
      const expected = at(`${key}.${name}`, step);
      expect(largestDifference(values(parameter), expected)).toBeLessThan(tolerance);
    }
  }
});

test.each(["onnx", "reference"] as const)(
  "the definition of AdamW, compiled once on %s, serves every step",
  async (runtime) => {
    const run = runs["adamw-custom"];
    const like = { shape: [35], dtype: "float32" } as const;
    const scalarSpec = { shape: [], dtype: "float32" } as const;
    const update = await compile(
      (parameter, gradient, mean, variance, ...scalars) => {
        const coefficients = Object.fromEntries(
          coefficientNames.map((name, index) => [name, scalars[index]]),
        ) as unknown as AdamWCoefficients;
        const next = adamW(parameter, gradient, { mean, variance }, coefficients);
        return [next.parameter, next.mean, next.variance];
      },
      [like, like, like, like, ...coefficientNames.map(() => scalarSpec)],
      { runtime },
    );
    let held = [recorded.get("start.matrix")!, new Float32Array(35), new Float32Array(35)];
    for (let step = 0; step < steps; step++) {
      const now = { learningRate: learningRateAt(run, step), step: step + 1 };
      const numbers = adamWCoefficients(adamWOptionsOf(run), now);
      const [parameter, ...moments] = held;
      const results = await update(
        ...[parameter, at("gradients.matrix", step), ...moments],
        ...coefficientNames.map((name) => Float32Array.of(numbers[name])),
      );
      held = results.map(({ data }) => data as Float32Array);
      expect(largestDifference(held[0], at("adamw-custom.matrix", step))).toBeLessThan(tolerance);
    }
    update.release();
  },
);

test("k runs that are summed count as one run of their mean", async () => {
  const run = runs["adamw-custom"];
  const [whole, summed] = [parametersAtStart(), parametersAtStart()];
  const optimizer = await optimizerOf(run, whole);
  const accumulating = await optimizerOf(run, summed, true);
  const shares = [1, 2, 5]; // integers, so that the sum is 8 times the gradient without rounding
  for (let step = 0; step < 3; step++) {
    await stepAs(run, optimizer, step);
    for (const share of shares) {
      for (const { parameter, incoming } of accumulating.memory.slots) {
        incoming.set(at(`gradients.${parameter.name}`, step).map((value) => value * share));
      }
      await accumulating.accumulate();
    }
    await accumulating.step({ learningRate: learningRateAt(run, step), gradientScale: 1 / 8 });
  }
  for (const [index, { data }] of summed.entries()) {
    // value · share is rounded to float32
    expect(largestDifference(data, whole[index].data)).toBeLessThan(1e-6);
  }
});

test.each(["adamw", "sgd-momentum", "sgd"])(
  "%s goes on from a stored state as if it had never stopped",
  async (key) => {
    const directory = await mkdtemp(join(tmpdir(), "optimizer-"));
    const path = join(directory, "optimizer.safetensors");
    const run = runs[key];
    const parameters = parametersAtStart();
    const optimizer = await optimizerOf(run, parameters);
    for (let step = 0; step < 5; step++) await stepAs(run, optimizer, step);
    await writeSafetensors(path, optimizer.state());
    const resumed = parametersAtStart();
    for (const [index, parameter] of resumed.entries()) {
      parameter.assign(parameters[index].data.slice());
    }
    for (let step = 5; step < 10; step++) await stepAs(run, optimizer, step);

    const other = await optimizerOf(run, resumed);
    const file = await openSafetensors(path);
    await other.load(file);
    await file.close();
    await rm(directory, { recursive: true });
    expect(other.stepsDone).toBe(5);
    for (let step = 5; step < 10; step++) await stepAs(run, other, step);
    expect(resumed.map(({ data }) => data)).toEqual(parameters.map(({ data }) => data));
  },
);

test("a state of another shape is refused with nothing changed", async () => {
  const optimizer = await AdamW.create(parametersAtStart());
  await stepAs(runs["adamw"], optimizer, 0);
  const before = structuredClone(optimizer.state());
  const entries = new Map(before.map(({ name, shape }) => [name, { shape }]));
  entries.set("variance.cube", { shape: [3, 4, 3] });
  const readFloat32 = async () => expect.unreachable();
  await expect(optimizer.load({ path: "here", entries, readFloat32 })).rejects.toThrow(
    'here: expected "variance.cube" of shape (3, 4, 2), got (3, 4, 3)',
  );
  expect(optimizer.state()).toEqual(before);
});

test("weight decay may spare what has fewer than two dimensions", async () => {
  const all = parametersAtStart();
  const matrices = parametersAtStart();
  const options = { weightDecay: 0.5 };
  const decaying = await AdamW.create(all, options);
  const sparing = await AdamW.create(matrices, { ...options, decayMatricesOnly: true });
  // Without gradients nothing but decay changes a parameter.
  await decaying.step({ learningRate: 0.1 });
  await sparing.step({ learningRate: 0.1 });
  const start = names.map((name) => recorded.get(`start.${name}`)!);
  const decayed = start.map((data) => data.map((value) => value * Math.fround(0.95)));
  expect(all.map(({ data }) => data)).toEqual(decayed);
  expect(matrices.map(({ data }) => data)).toEqual([decayed[0], start[1], decayed[2]]);
});

test("a step makes what was computed from older parameters be computed anew", async () => {
  const [parameter] = parametersAtStart();
  const optimizer = await Sgd.create([parameter]);
  const before = parameter.version;
  await optimizer.step({ learningRate: 0.1 });
  expect(parameter.version).toBe(before + 1);
});

test("Nesterov's momentum without a momentum is refused", async () => {
  await expect(Sgd.create(parametersAtStart(), { nesterov: true })).rejects.toThrow(
    "sgd: expected a momentum above 0",
  );
});
