import { Generator } from "./generator.ts";

/**
 * One epoch's order of the samples 0 to `length` - 1, as PyTorch's `DataLoader` visits them. Call it where the epoch
 * begins: like `iter(loader)` it draws a base seed at once, shuffled or not; a shuffled epoch draws its own seed when
 * the first sample is asked for.
 */
export function dataLoaderOrder(
  generator: Generator,
  length: number,
  { shuffle }: { readonly shuffle: boolean },
): IterableIterator<number> {
  generator.random64();
  return shuffle ? shuffledOrder(generator, length) : givenOrder(length);
}

function* shuffledOrder(generator: Generator, length: number): IterableIterator<number> {
  yield* new Generator(generator.random64()).permutation(length);
}

function* givenOrder(length: number): IterableIterator<number> {
  for (let i = 0; i < length; i++) yield i;
}
