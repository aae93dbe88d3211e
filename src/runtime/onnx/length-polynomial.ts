/**
 * @file A length of a graph as a polynomial of the named ones, without squares, from what it is at several of their values. Each
 * value costs a trace of the whole function, so the few that do for most graphs are tried first.
 */
import type { NamedDimension, Sizes } from "../dimensions.ts";

/** A number as a sum of products of named lengths: the coefficient of each product, `B T`; "" is that of 1. */
export type Polynomial = ReadonlyMap<string, number>;

/** A way to find the polynomial of any number of a graph from the graph at some points. */
export interface Fitting {
  points(dimensions: readonly NamedDimension[]): Sizes[];
  /** Undefined where there is none of the kind that the points can tell. */
  fit(
    values: readonly number[],
    points: readonly Sizes[],
    dimensions: readonly NamedDimension[],
  ): Polynomial | undefined;
}

/** `dimension` asks for samples of at least 4, so that these are lengths. */
const samplesMinus = (dimensions: readonly NamedDimension[], less: (i: number) => number): Sizes =>
  Object.fromEntries(dimensions.map(({ name, sample }, i) => [name, sample - less(i)]));

/** Each name in one product at most, as in `B T + S`: one other length for each name tells, and two points are proof. */
const apart: Fitting = {
  points: (dimensions) => [
    samplesMinus(dimensions, () => 0),
    ...dimensions.map((_, own) => samplesMinus(dimensions, (i) => Number(i === own))),
    samplesMinus(dimensions, (i) => 2 + (i % 2)),
    samplesMinus(dimensions, (i) => 3 - (i % 2)),
  ],
  fit(values, points, dimensions) {
    const moving = dimensions.filter((_, i) => values[i + 1] !== values[0]);
    const slopes = new Map(moving.map((d) => [d, values[0] - values[dimensions.indexOf(d) + 1]]));
    for (const groups of partitions(moving)) {
      const polynomial = new Map([["", values[0]]]);
      for (const group of groups) {
        const product = group.reduce((total, { sample }) => total * sample, 1);
        const coefficient = (slopes.get(group[0])! * group[0].sample) / product;
        polynomial.set(group.map(({ name }) => name).join(" "), coefficient);
        polynomial.set("", polynomial.get("")! - coefficient * product);
      }
      if (polynomial.get("") === 0) polynomial.delete("");
      if (passes(polynomial, values, points)) return polynomial;
    }
    return undefined;
  },
};

/** Any polynomial without squares: a grid of two lengths a name tells, and one more point is proof. */
const onGrid: Fitting = {
  points(dimensions) {
    let grid: Sizes[] = [{}];
    for (const { name, sample } of dimensions) {
      grid = grid.flatMap((sizes) => [sample, sample - 1].map((n) => ({ ...sizes, [name]: n })));
    }
    return [...grid, samplesMinus(dimensions, (i) => 2 + (i % 2))];
  },
  /** Divided differences, one name at a time. */
  fit(values, points, dimensions) {
    let rows = new Map<string, number[]>([["", values.slice(0, -1)]]);
    for (const { name, sample } of [...dimensions].reverse()) {
      const next = new Map<string, number[]>();
      for (const [product, row] of rows) {
        const pairs = Array.from({ length: row.length / 2 }, (_, i) => [
          row[2 * i],
          row[2 * i + 1],
        ]);
        next.set(
          product,
          pairs.map(([upper, lower]) => upper - (upper - lower) * sample),
        );
        const key = product === "" ? name : `${name} ${product}`;
        next.set(
          key,
          pairs.map(([upper, lower]) => upper - lower),
        );
      }
      rows = next;
    }
    const entries = [...rows].map(([product, [coefficient]]) => [product, coefficient] as const);
    const polynomial = new Map(entries.filter(([, coefficient]) => coefficient !== 0));
    return passes(polynomial, values, points) ? polynomial : undefined;
  },
};

/** From the cheapest on. */
export const fittings: readonly Fitting[] = [apart, onGrid];

export function valueAt(polynomial: Polynomial, sizes: Sizes): number {
  let total = 0;
  for (const [product, coefficient] of polynomial) {
    const names = product === "" ? [] : product.split(" ");
    total += names.reduce((value, name) => value * sizes[name], coefficient);
  }
  return total;
}

function passes(
  polynomial: Polynomial,
  values: readonly number[],
  points: readonly Sizes[],
): boolean {
  return values.every((value, i) => valueAt(polynomial, points[i]) === value);
}

/** All ways to put items into groups, order kept. */
function partitions<T>(items: readonly T[]): T[][][] {
  if (items.length === 0) return [[]];
  const last = items.at(-1)!;
  return partitions(items.slice(0, -1)).flatMap((groups) => [
    [...groups, [last]],
    ...groups.map((_, own) =>
      groups.map((group, i) => (i === own ? [...group, last] : [...group])),
    ),
  ]);
}
