/** @file A parameter's name is its property path: models are plain objects, and nothing is registered. */
import { Parameter, Tensor } from "../graph/index.ts";

/**
 * The parameters of `model` by property path (`blocks.0.attention.query.weight`), in the order of its properties.
 * A parameter that is reached twice counts once, under its first path. Each learns its name.
 */
export function namedParameters(model: object): Map<string, Parameter> {
  const found = new Map<string, Parameter>();
  const seen = new Set<object>();
  const visit = (value: unknown, path: string): void => {
    if (typeof value !== "object" || value === null || seen.has(value)) return;
    seen.add(value);
    if (value instanceof Parameter) {
      value.name = path;
      found.set(path, value);
    } else if (!(value instanceof Tensor) && !ArrayBuffer.isView(value)) {
      for (const [key, child] of Object.entries(value)) visit(child, path ? `${path}.${key}` : key);
    }
  };
  visit(model, "");
  return found;
}

/** How many numbers a model has to learn; tied ones count once. Allocates nothing. */
export function countParameters(model: object): number {
  return [...namedParameters(model).values()].reduce((total, { size }) => total + size, 0);
}
