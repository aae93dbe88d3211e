/**
 * @file Makes a model with free lengths out of the same function's models at several fixed lengths. Only int64
 * constants (shapes, positions) may differ between them; each becomes a computation over the inputs' shapes.
 */
import type { Shape } from "../../graph/index.ts";
import type { InputSpec, NamedDimension, Sizes } from "../dimensions.ts";
import { JoinedInitializer } from "./block-weight.ts";
import { valueAt } from "./length-polynomial.ts";
import type { Fitting, Polynomial } from "./length-polynomial.ts";
import type { OnnxInitializer, OnnxModel, OnnxNode, OnnxValueInfo } from "./model.ts";

/** A number of a graph that follows the named lengths in another way than was looked for. */
export class NoPolynomial extends Error {
  override readonly name = "NoPolynomial";
}

/** One model for all lengths from those at the points of `fitting`, and the outputs' shapes as functions of the lengths. */
export function freeDimensions(
  models: readonly OnnxModel[],
  fitting: Fitting,
  dimensions: readonly NamedDimension[],
  specs: readonly InputSpec[],
): { readonly model: OnnxModel; readonly outputShapes: (sizes: Sizes) => Shape[] } {
  const points = fitting.points(dimensions);
  const fit = (values: readonly number[], what: string): Polynomial => {
    const polynomial = fitting.fit(values, points, dimensions);
    if (polynomial) return polynomial;
    throw new NoPolynomial(
      `compile: expected "${what}" to follow the named lengths, got ${values.join(", ")}.`,
    );
  };
  const [base] = models;
  requireSameNodes(models);
  const writer = new LengthWriter(base, dimensions, specs);
  const initializers = base.initializers.filter((initializer, index) => {
    const versions = models.map((model) => model.initializers[index]);
    if (versions.every((other) => sameData(initializer, other))) return true;
    writer.write(
      initializer.name,
      entriesOf(versions).map((values) => fit(values, initializer.name)),
    );
    return false;
  });
  const shapes = base.outputs.map(({ name, shape }, index) =>
    shape.map((_, axis) =>
      fit(
        models.map((m) => Number(m.outputs[index].shape[axis])),
        name,
      ),
    ),
  );
  return {
    model: {
      nodes: [
        ...writer.nodes,
        ...base.nodes.map((node) => ({
          ...node,
          inputs: node.inputs.map((name) => writer.names.get(name) ?? name),
        })),
      ],
      initializers: [...initializers, ...writer.initializers],
      inputs: base.inputs.map((info, index) => nameLengths(info, specs[index])),
      outputs: base.outputs.map((info, index) => ({
        ...info,
        shape: shapes[index].map((polynomial, axis) => {
          const isFixed = [...polynomial.keys()].every((product) => product === "");
          return isFixed ? info.shape[axis] : `${info.name}_${axis}`;
        }),
      })),
    },
    outputShapes: shapesAt(shapes),
  };
}

/** By itself: a closure made in `freeDimensions` would keep the models, and all their weights, alive. */
function shapesAt(shapes: readonly Polynomial[][]): (sizes: Sizes) => Shape[] {
  return (sizes) => shapes.map((shape) => shape.map((length) => valueAt(length, sizes)));
}

function nameLengths(info: OnnxValueInfo, spec: InputSpec | undefined): OnnxValueInfo {
  if (!spec) return info; // parameters and the like: fixed
  return { ...info, shape: spec.shape.map((n) => (typeof n === "number" ? n : n.name)) };
}

function requireSameNodes(models: readonly OnnxModel[]): void {
  const [base, ...others] = models.map(({ nodes }) => JSON.stringify(nodes));
  if (others.every((nodes) => nodes === base)) return;
  throw new Error(
    "compile: expected the same operations at every length of a named dimension, got a graph that depends on it.",
  );
}

function sameData(a: OnnxInitializer, b: OnnxInitializer): boolean {
  if (a instanceof JoinedInitializer && a.isSameAs(b)) return true;
  if (a.data === b.data) return true; // a weight
  if (a.data.length !== b.data.length) return false;
  for (let i = 0; i < a.data.length; i++) if (a.data[i] !== b.data[i]) return false;
  return true;
}

/** For each entry of an int64 constant, its values in the several models. */
function entriesOf(versions: readonly OnnxInitializer[]): number[][] {
  const [base] = versions;
  if (base.dtype !== "int64" || versions.some(({ data }) => data.length !== base.data.length)) {
    throw new Error(
      `compile: expected numbers that do not follow a named dimension, got a ${base.dtype} constant that does.`,
    );
  }
  return Array.from({ length: base.data.length }, (_, i) =>
    versions.map(({ data }) => Number(data[i])),
  );
}

/** Writes the nodes that compute lengths from the shapes of the inputs. */
class LengthWriter {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: OnnxInitializer[] = [];
  /** Under which name each vector is to be read. */
  readonly names = new Map<string, string>();
  readonly #products = new Map<string, string>();
  readonly #written = new Map<string, string>();

  constructor(
    model: OnnxModel,
    dimensions: readonly NamedDimension[],
    specs: readonly InputSpec[],
  ) {
    for (const { name } of dimensions) {
      const input = specs.findIndex(({ shape }) =>
        shape.some((n) => typeof n !== "number" && n.name === name),
      );
      const axis = specs[input].shape.findIndex((n) => typeof n !== "number" && n.name === name);
      const shape = this.#node("Shape", [model.inputs[input].name], {}, `shape_${name}`);
      const length = this.#node("Gather", [shape, this.#constant([axis])], {}, `length_${name}`);
      this.#products.set(name, length);
    }
  }

  /** Writes the int64 vector `name`, one polynomial an entry, unless an equal one is there already: see `names`. */
  write(name: string, entries: readonly Polynomial[]): void {
    const key = JSON.stringify(entries.map((polynomial) => [...polynomial]));
    const known = this.#written.get(key);
    this.names.set(name, known ?? name);
    if (known) return;
    this.#written.set(key, name);
    const lengths = entries.map((polynomial, i) => this.#sum(polynomial, `${name}_${i}`));
    this.nodes.push({
      opType: "Concat",
      inputs: lengths,
      outputs: [name],
      attributes: { axis: { int: 0 } },
    });
  }

  #sum(polynomial: Polynomial, name: string): string {
    const terms = [...polynomial].map(([product, coefficient]) => {
      if (product === "") return this.#constant([coefficient]);
      const length = this.#product(product);
      if (coefficient === 1) return length;
      return this.#node(
        "Mul",
        [length, this.#constant([coefficient])],
        {},
        `${name}_${product.replaceAll(" ", "_")}`,
      );
    });
    if (terms.length === 0) return this.#constant([0]);
    return terms.reduce((sum, term, i) => this.#node("Add", [sum, term], {}, `${name}_sum_${i}`));
  }

  /** A product of named lengths, such as `B T`. */
  #product(key: string): string {
    const known = this.#products.get(key);
    if (known) return known;
    const end = key.lastIndexOf(" ");
    const factors = [key.slice(0, end), key.slice(end + 1)].map((part) => this.#product(part));
    const made = this.#node("Mul", factors, {}, `length_${key.replaceAll(" ", "_")}`);
    this.#products.set(key, made);
    return made;
  }

  #node(
    opType: string,
    inputs: string[],
    attributes: OnnxNode["attributes"],
    output: string,
  ): string {
    this.nodes.push({ opType, inputs, outputs: [output], ...(attributes && { attributes }) });
    return output;
  }

  #constant(values: readonly number[]): string {
    const name = `length_constant_${this.initializers.length}`;
    this.initializers.push({
      name,
      dtype: "int64",
      shape: [values.length],
      data: BigInt64Array.from(values, BigInt),
    });
    return name;
  }
}
