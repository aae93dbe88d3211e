/** @file What pairs cost in memory, by how often they occur: how rare may they be to fit? */

const binsPerOctave = 4;
const numBins = 64 * binsPerOctave;

export class CostsByCount {
  readonly #costs = new Float64Array(numBins);

  /** Notes what a pair costs that occurs `count` times. */
  add(count: number, cost: number): void {
    this.#costs[Math.floor(binsPerOctave * Math.log2(count))] += cost;
  }

  /** A count, at least `least`, from which on all pairs together cost `budget` at most, or that of the most frequent ones. */
  floorFor(budget: number, least: number): number {
    let bin = this.#costs.findLastIndex((cost) => cost > 0);
    let cost = this.#costs[bin] ?? 0;
    while (bin > 0 && cost + this.#costs[bin - 1] <= budget) cost += this.#costs[--bin];
    return Math.max(least, Math.ceil(2 ** (Math.max(0, bin) / binsPerOctave)));
  }
}
