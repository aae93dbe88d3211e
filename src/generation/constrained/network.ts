/**
 * @file A grammar as a network of states over bytes (Woods 1970): an arrow reads a byte, or nothing, or all that another rule
 * reads. States from which no end can be reached are left out, so that whoever follows the arrows can always finish.
 */
import { UserError } from "../../errors.ts";
import type { Expression, Grammar } from "./expression.ts";
import type { CharacterSet } from "./character-set.ts";
import { utf8Ranges } from "./utf8-ranges.ts";
import type { ByteRanges } from "./utf8-ranges.ts";

export interface ByteArrow {
  readonly low: number;
  readonly high: number;
  readonly to: number;
}

export interface CallArrow {
  readonly rule: number;
  /** Where to go on when the rule has been read. */
  readonly to: number;
}

export interface State {
  bytes: ByteArrow[];
  /** States reached without reading. */
  empty: number[];
  calls: CallArrow[];
}

export interface Network {
  readonly states: readonly State[];
  /** First and last state of each rule. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** States beyond this take too long to follow. */
const mostStates = 500_000;

/** Throws a UserError that calls the grammar `name` where it is too large or no text fits it. */
export function buildNetwork(grammar: Grammar, name: string): Network {
  const builder = new NetworkBuilder(name);
  const starts = grammar.map(() => builder.addState());
  const ends = grammar.map((expression, rule) => builder.add(expression, starts[rule]));
  const network = { states: builder.states, starts, ends };
  removeDeadEnds(network);
  const { bytes, empty, calls } = network.states[starts[0]];
  if (bytes.length + empty.length + calls.length === 0 && starts[0] !== ends[0]) {
    throw new UserError(`${name}: expected something that a text can be, got what no text fits.`);
  }
  return network;
}

class NetworkBuilder {
  readonly states: State[] = [];
  readonly #name: string;
  readonly #spellings = new Map<CharacterSet, readonly Spelling[]>();

  constructor(name: string) {
    this.#name = name;
  }

  addState(): number {
    if (this.states.length === mostStates) {
      throw new UserError(
        `${this.#name}: expected fewer repetitions, got more than can be followed. Lower the largest counts.`,
      );
    }
    return this.states.push({ bytes: [], empty: [], calls: [] }) - 1;
  }

  /** Adds what reads `expression` from state `from`, into which no arrow is added; gives the state after it. */
  add(expression: Expression, from: number): number {
    if (expression.kind === "sequence") {
      return expression.parts.reduce((at, part) => this.add(part, at), from);
    }
    if (expression.kind === "repeat") return this.#addRepeat(expression, from);
    const to = this.addState();
    if (expression.kind === "rule") {
      this.states[from].calls.push({ rule: expression.rule, to });
    } else if (expression.kind === "choice") {
      for (const option of expression.options) this.states[this.add(option, from)].empty.push(to);
    } else {
      this.#addCharacters(expression.set, from, to);
    }
    return to;
  }

  #addRepeat({ of, least, most }: Extract<Expression, { kind: "repeat" }>, from: number): number {
    let at = from;
    for (let count = 0; count < least; count++) at = this.add(of, at);
    const end = this.addState();
    this.states[at].empty.push(end);
    if (most === Infinity) {
      const start = this.addState();
      this.states[at].empty.push(start);
      const after = this.add(of, start);
      this.states[after].empty.push(start, end);
      return end;
    }
    for (let count = least; count < most; count++) {
      at = this.add(of, at);
      this.states[at].empty.push(end);
    }
    return end;
  }

  /** Characters whose last bytes are the same share the states of these. */
  #addCharacters(set: CharacterSet, from: number, to: number): void {
    let spellings = this.#spellings.get(set);
    if (!spellings) this.#spellings.set(set, (spellings = spellingsOf(set)));
    const stateBefore = new Map([["", to]]);
    for (const { ranges, ends } of spellings) {
      for (let i = ranges.length - 1; i >= 0; i--) {
        if (i > 0 && stateBefore.has(ends[i])) continue;
        const state = i === 0 ? from : this.addState();
        const [low, high] = ranges[i];
        this.states[state].bytes.push({ low, high, to: stateBefore.get(ends[i + 1])! });
        if (i > 0) stateBefore.set(ends[i], state);
      }
    }
  }
}

/** A sequence of byte ranges, and for each of its places a name of what follows from there. */
interface Spelling {
  readonly ranges: ByteRanges;
  readonly ends: readonly string[];
}

function spellingsOf(set: CharacterSet): readonly Spelling[] {
  return set
    .flatMap(([first, last]) => utf8Ranges(first, last))
    .map((ranges) => ({ ranges, ends: [...ranges, []].map((_, i) => ranges.slice(i).join(";")) }));
}

/** Takes out every arrow after which the end of its rule cannot be reached. */
function removeDeadEnds({ states, starts, ends }: Network): void {
  const canEnd = new Uint8Array(states.length);
  for (const end of ends) canEnd[end] = 1;
  const isAlive = (call: CallArrow) => canEnd[call.to] && canEnd[starts[call.rule]];
  let hasChanged = true;
  while (hasChanged) {
    hasChanged = false;
    for (let state = states.length - 1; state >= 0; state--) {
      if (canEnd[state]) continue;
      const { bytes, empty, calls } = states[state];
      const leads =
        bytes.some(({ to }) => canEnd[to]) || empty.some((to) => canEnd[to]) || calls.some(isAlive);
      if (leads) {
        canEnd[state] = 1;
        hasChanged = true;
      }
    }
  }
  for (const state of states) {
    state.bytes = state.bytes.filter(({ to }) => canEnd[to]);
    state.empty = state.empty.filter((to) => canEnd[to]);
    state.calls = state.calls.filter(isAlive);
  }
}
