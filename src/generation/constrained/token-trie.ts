/**
 * @file The tokens of a vocabulary by their bytes: those that begin alike share a path, so that a beginning that an automaton
 * refuses is refused once for all of them.
 */
import { setImmediate } from "node:timers/promises";
import type { Tokenizer } from "../../tokenizer/index.ts";
import { UserError } from "../../errors.ts";
import { dead } from "./automaton.ts";
import type { Automaton } from "./automaton.ts";

/** Tokens taken in at once; then others have their turn. */
const sliceLength = 4096;

export class TokenTrie {
  readonly vocabSize: number;
  /** Nodes in preorder: the byte that leads to each, its depth, the token that ends there (the next one of the same bytes follows in `#sameAs`), and where its branch ends. */
  readonly #bytes: Uint8Array;
  readonly #depths: Uint16Array;
  readonly #tokens: Int32Array;
  readonly #ends: Int32Array;
  readonly #sameAs: Int32Array;

  /** The position after each byte of the branch that is looked at. */
  readonly #path: Int32Array;

  private constructor(branches: BranchTable, vocabSize: number) {
    this.vocabSize = vocabSize;
    const { numNodes } = branches;
    this.#bytes = new Uint8Array(numNodes - 1);
    this.#depths = new Uint16Array(numNodes - 1);
    this.#tokens = new Int32Array(numNodes - 1);
    this.#ends = new Int32Array(numNodes - 1);
    this.#sameAs = branches.sameAs;
    this.#flatten(branches);
    this.#path = new Int32Array(this.#depths.reduce((most, depth) => Math.max(most, depth), 0) + 1);
  }

  /** The trie of the tokens that stand for text; special tokens do not. */
  static async create(tokenizer: Tokenizer): Promise<TokenTrie> {
    const bytesOf = tokenBytesOf(tokenizer);
    const special = new Set(tokenizer.specialTokens?.values());
    const branches = new BranchTable(tokenizer.vocabSize);
    for (let id = 0; id < tokenizer.vocabSize; id++) {
      if (id % sliceLength === sliceLength - 1) await setImmediate();
      const bytes = special.has(id) ? undefined : bytesIfAny(bytesOf, id);
      if (bytes) branches.add(bytes, id);
    }
    await setImmediate();
    return new TokenTrie(branches, tokenizer.vocabSize);
  }

  /** The tokens after which the automaton can go on: bit `id & 31` of word `id >>> 5`. */
  maskAt(automaton: Automaton, position: number): Uint32Array {
    const mask = new Uint32Array(Math.ceil(this.vocabSize / 32));
    const [bytes, depths, ends, path] = [this.#bytes, this.#depths, this.#ends, this.#path];
    path[0] = position;
    for (let node = 0; node < bytes.length;) {
      const depth = depths[node];
      const next = automaton.step(path[depth - 1], bytes[node]);
      if (next === dead) {
        node = ends[node];
        continue;
      }
      path[depth] = next;
      for (let id = this.#tokens[node]; id >= 0; id = this.#sameAs[id])
        mask[id >>> 5] |= 1 << (id & 31);
      node++;
    }
    return mask;
  }

  #flatten({ firstChild, nextSibling, bytes, tokens }: BranchTable): void {
    let count = 0;
    const open: number[] = []; // nodes of the path, by their place in preorder
    const stack: [node: number, depth: number][] = [];
    for (let child = firstChild[0]; child > 0; child = nextSibling[child]) stack.push([child, 1]);
    while (stack.length > 0) {
      const [node, depth] = stack.pop()!;
      while (open.length >= depth) this.#ends[open.pop()!] = count;
      open.push(count);
      this.#bytes[count] = bytes[node];
      this.#depths[count] = depth;
      this.#tokens[count++] = tokens[node];
      for (let child = firstChild[node]; child > 0; child = nextSibling[child]) {
        stack.push([child, depth + 1]);
      }
    }
    for (const node of open) this.#ends[node] = count;
  }
}

/** The trie while it grows: each node knows its first child and its next sibling. Node 0 is the root. */
class BranchTable {
  readonly bytes: number[] = [0];
  readonly firstChild: number[] = [0];
  readonly nextSibling: number[] = [0];
  /** The last token that ends at a node, or −1. */
  readonly tokens: number[] = [-1];
  /** Another token with the same bytes as a token, or −1. */
  readonly sameAs: Int32Array;

  constructor(vocabSize: number) {
    this.sameAs = new Int32Array(vocabSize).fill(-1);
  }

  get numNodes(): number {
    return this.bytes.length;
  }

  add(bytes: Uint8Array, id: number): void {
    if (bytes.length === 0) return;
    let node = 0;
    for (const byte of bytes) node = this.#childOf(node, byte);
    this.sameAs[id] = this.tokens[node];
    this.tokens[node] = id;
  }

  #childOf(node: number, byte: number): number {
    let child = this.firstChild[node];
    while (child > 0 && this.bytes[child] !== byte) child = this.nextSibling[child];
    if (child > 0) return child;
    child = this.bytes.push(byte) - 1;
    this.nextSibling.push(this.firstChild[node]);
    this.firstChild[node] = child;
    this.firstChild.push(0);
    this.tokens.push(-1);
    return child;
  }
}

/** The bytes of a token; undefined where the vocabulary has a hole. */
function bytesIfAny(bytesOf: (id: number) => Uint8Array, id: number): Uint8Array | undefined {
  try {
    return bytesOf(id);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** How to find the bytes of a token. Throws a UserError for a tokenizer whose tokens have none of their own. */
export function tokenBytesOf(tokenizer: Tokenizer): (id: number) => Uint8Array {
  if ("tokenBytes" in tokenizer && typeof tokenizer.tokenBytes === "function") {
    return (id) => (tokenizer.tokenBytes as (id: number) => Uint8Array)(id);
  }
  const encoder = new TextEncoder();
  const joined = tokenizer.decode([0, 0]);
  if (joined !== tokenizer.decode([0]).repeat(2)) {
    throw new UserError(
      "constraint: expected a tokenizer that joins tokens as they are, got one that adds spaces. Use characters or byte pairs.",
    );
  }
  return (id) => encoder.encode(tokenizer.decode([id]));
}
