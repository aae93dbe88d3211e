/** @file The kernels of `logit-kernels.ts` at work: logits pass through one small memory, a stretch at a time. */
import { allocateMemory, instantiate } from "../wasm/index.ts";
import { groupLength, mass, maxima } from "./logit-kernels.ts";

/** Logits of a stretch, a multiple of the group: they stay in the nearest cache. */
const stretchLength = 4096;

interface Vectors {
  readonly logits: Float32Array;
  readonly maxima: Float32Array;
  readonly findMaxima: (from: number, to: number, out: number) => unknown;
  readonly sumUp: (from: number, to: number, largest: number, scale: number) => number | undefined;
}

let shared: Vectors | undefined;

function vectors(): Vectors {
  if (shared) return shared;
  const memory = allocateMemory(1);
  const kernels = instantiate([maxima, mass], memory);
  const [findMaxima, sumUp] = [kernels["maxima"], kernels["mass"]];
  const numGroups = stretchLength / groupLength;
  return (shared = {
    logits: new Float32Array(memory.buffer, 0, stretchLength),
    maxima: new Float32Array(memory.buffer, 4 * stretchLength, numGroups),
    ...{ findMaxima, sumUp },
  });
}

/** The largest of each group of `groupLength` of the first `count` logits; −∞ in a group of none that is a number. */
export function maximaOf(logits: Float32Array, count: number): Float32Array {
  const { logits: stretch, maxima: found, findMaxima } = vectors();
  const all = new Float32Array(Math.ceil(count / groupLength));
  for (let start = 0; start < count; start += stretchLength) {
    const numGroups = putIn(stretch, logits, start, count);
    findMaxima(0, 4 * groupLength * numGroups, stretch.byteLength);
    all.set(found.subarray(0, numGroups), start / groupLength);
  }
  return all;
}

/** Σ e^((logit − largest) / temperature) over the first `count` logits. */
export function massOf(
  logits: Float32Array,
  count: number,
  { largest, temperature }: { readonly largest: number; readonly temperature: number },
): number {
  const { logits: stretch, sumUp } = vectors();
  let sum = 0;
  for (let start = 0; start < count; start += stretchLength) {
    const numGroups = putIn(stretch, logits, start, count);
    sum += sumUp(0, 4 * groupLength * numGroups, largest, 1 / temperature)!;
  }
  return sum;
}

/** Puts the logits from `start` in, filled up with −∞ to whole groups; gives how many. */
function putIn(stretch: Float32Array, logits: Float32Array, start: number, count: number): number {
  const length = Math.min(stretchLength, count - start);
  const numGroups = Math.ceil(length / groupLength);
  stretch.set(logits.subarray(start, start + length));
  stretch.fill(-Infinity, length, numGroups * groupLength);
  return numGroups;
}
