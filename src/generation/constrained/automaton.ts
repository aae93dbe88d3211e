/**
 * @file A network followed byte by byte. Where one is in it is a set of stacks, each a state and the states to return to;
 * every set that comes up gets a number, so that after a while following a byte is looking into a table.
 */
import { UserError } from "../../errors.ts";
import type { Grammar } from "./expression.ts";
import { buildNetwork } from "./network.ts";
import type { Network } from "./network.ts";

/** Where the text that was read cannot go on. */
export const dead = -1;
const unknown = -2;

/** Rules that begin with rules that begin with rules: more than so many never end. */
const mostCalls = 10_000;

/** A position: what may be read next depends on it alone. */
interface Position {
  /** Numbers of its stacks, of which each can read a byte. */
  readonly stacks: readonly number[];
  readonly isAccepting: boolean;
  /** The position after each byte, as far as known. */
  readonly next: Int32Array;
}

export class Automaton {
  /** The position before the first byte. */
  readonly start: number;
  readonly #network: Network;
  readonly #name: string;
  /** Whether a state is the last of a rule. */
  readonly #isEnd: Uint8Array;
  readonly #positions: Position[] = [];
  readonly #positionOf = new Map<string, number>();
  readonly #stackStates: number[] = [];
  readonly #stackParents: number[] = [];
  readonly #stackOf = new Map<number, Map<number, number>>();

  /** Errors call the grammar `name`. */
  constructor(grammar: Grammar, name: string) {
    this.#network = buildNetwork(grammar, name);
    this.#name = name;
    this.#isEnd = new Uint8Array(this.#network.states.length);
    for (const end of this.#network.ends) this.#isEnd[end] = 1;
    this.start = this.#position([this.#stack(this.#network.starts[0], -1)]);
  }

  /** The position after `byte`, or `dead`. */
  step(position: number, byte: number): number {
    const { next, stacks } = this.#positions[position];
    if (next[byte] === unknown) next[byte] = this.#follow(stacks, byte);
    return next[byte];
  }

  /** The position after all of `bytes`, or `dead`. */
  stepAll(position: number, bytes: Uint8Array): number {
    let at = position;
    for (let i = 0; i < bytes.length && at !== dead; i++) at = this.step(at, bytes[i]);
    return at;
  }

  /** Whether the text may end here. */
  isAccepting(position: number): boolean {
    return this.#positions[position].isAccepting;
  }

  /** Whether the text has to end here. */
  isFinished(position: number): boolean {
    return this.#positions[position].stacks.length === 0;
  }

  #follow(stacks: readonly number[], byte: number): number {
    const reached: number[] = [];
    for (const stack of stacks) {
      for (const { low, high, to } of this.#network.states[this.#stackStates[stack]].bytes) {
        if (byte >= low && byte <= high) reached.push(this.#stack(to, this.#stackParents[stack]));
      }
    }
    return reached.length === 0 ? dead : this.#position(reached);
  }

  /** The position of stacks and of all that is reached from them without reading. */
  #position(reached: readonly number[]): number {
    const { states, starts } = this.#network;
    const seen = new Set(reached);
    let isAccepting = false;
    for (const stack of seen) {
      if (seen.size > mostCalls) {
        throw new UserError(
          `${this.#name}: expected rules that read something before they refer to themselves, got one that does not.`,
        );
      }
      const [state, parent] = [this.#stackStates[stack], this.#stackParents[stack]];
      for (const to of states[state].empty) seen.add(this.#stack(to, parent));
      for (const call of states[state].calls) {
        seen.add(this.#stack(starts[call.rule], this.#stack(call.to, parent)));
      }
      if (!this.#isEnd[state]) continue;
      if (parent < 0) isAccepting = true;
      else seen.add(parent);
    }
    const stacks = [...seen].filter((stack) => states[this.#stackStates[stack]].bytes.length > 0);
    return this.#number(
      stacks.sort((a, b) => a - b),
      isAccepting,
    );
  }

  #number(stacks: readonly number[], isAccepting: boolean): number {
    const key = `${stacks.join()}${isAccepting ? "!" : ""}`;
    let number = this.#positionOf.get(key);
    if (number === undefined) {
      const next = new Int32Array(256).fill(unknown);
      number = this.#positions.push({ stacks, isAccepting, next }) - 1;
      this.#positionOf.set(key, number);
    }
    return number;
  }

  /** The number of the stack with `state` on top of `parent`, which is −1 for none. */
  #stack(state: number, parent: number): number {
    let onParent = this.#stackOf.get(parent);
    if (!onParent) this.#stackOf.set(parent, (onParent = new Map()));
    let stack = onParent.get(state);
    if (stack === undefined) {
      stack = this.#stackStates.push(state) - 1;
      this.#stackParents.push(parent);
      onParent.set(state, stack);
    }
    return stack;
  }
}
