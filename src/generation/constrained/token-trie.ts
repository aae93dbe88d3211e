/**
 * @file The tokens of a vocabulary by their bytes: those that begin alike share a path, so that a beginning that an automaton
 * refuses is refused once for all of them.
 */
import { UserError } from "../../errors.ts";
import { Pacer } from "../../runtime/index.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import { dead } from "./automaton.ts";
import type { Automaton } from "./automaton.ts";

/** Tokens or nodes that are looked at in a row; then others may have their turn. */
const sliceLength = 256;

const tries = new WeakMap<Tokenizer, Promise<TokenTrie>>();

export class TokenTrie {
  readonly vocabSize: number;
  /** Nodes in preorder: the byte that leads to each, its depth, the token that ends there (the next one of the same bytes follows in `sameAs`), and where its branch ends. */
  readonly bytes: Uint8Array;
  readonly depths: Uint16Array;
  readonly tokens: Int32Array;
  readonly ends: Int32Array;
  readonly sameAs: Int32Array;
  #deepest = 0;

  private constructor({ numNodes, sameAs }: BranchTable, vocabSize: number) {
    this.vocabSize = vocabSize;
    this.bytes = new Uint8Array(numNodes - 1);
    this.depths = new Uint16Array(numNodes - 1);
    this.tokens = new Int32Array(numNodes - 1);
    this.ends = new Int32Array(numNodes - 1);
    this.sameAs = sameAs;
  }

  /** The trie of the tokens that stand for text; special tokens do not. It is made once for a tokenizer. */
  static of(tokenizer: Tokenizer): Promise<TokenTrie> {
    let trie = tries.get(tokenizer);
    if (!trie) tries.set(tokenizer, (trie = TokenTrie.#create(tokenizer)));
    return trie;
  }

  static async #create(tokenizer: Tokenizer): Promise<TokenTrie> {
    const pacer = new Pacer();
    const bytesOf = tokenBytesOf(tokenizer);
    const special = new Set(tokenizer.specialTokens?.values());
    const branches = new BranchTable(tokenizer.vocabSize);
    for (let id = 0; id < tokenizer.vocabSize; id++) {
      if (id % sliceLength === 0) await pacer.rest();
      const bytes = special.has(id) ? undefined : bytesIfAny(bytesOf, id);
      if (bytes) branches.add(bytes, id);
    }
    const trie = new TokenTrie(branches, tokenizer.vocabSize);
    await trie.#flatten(branches, pacer);
    return trie;
  }

  /** Nodes of the longest branch. */
  get deepest(): number {
    return this.#deepest;
  }

  async #flatten({ firstChild, nextSibling, bytes, tokens }: BranchTable, pacer: Pacer) {
    let count = 0;
    const open: number[] = []; // nodes of the path, by their place in preorder
    const stack: [node: number, depth: number][] = [];
    for (let child = firstChild[0]; child > 0; child = nextSibling[child]) stack.push([child, 1]);
    while (stack.length > 0) {
      const [node, depth] = stack.pop()!;
      while (open.length >= depth) this.ends[open.pop()!] = count;
      open.push(count);
      this.bytes[count] = bytes[node];
      this.depths[count] = depth;
      this.tokens[count++] = tokens[node];
      this.#deepest = Math.max(this.#deepest, depth);
      for (let child = firstChild[node]; child > 0; child = nextSibling[child]) {
        stack.push([child, depth + 1]);
      }
      if (count % sliceLength === 0) await pacer.rest();
    }
    for (const node of open) this.ends[node] = count;
  }
}

/** The search for the tokens that a position of an automaton allows; it can be done in slices. */
export class MaskSearch {
  /** The tokens after which the automaton can go on: bit `id & 31` of word `id >>> 5`. */
  readonly mask: Uint32Array;
  readonly #trie: TokenTrie;
  readonly #automaton: Automaton;
  /** The position after each byte of the branch that is looked at. */
  readonly #path: Int32Array;
  #node = 0;

  constructor(trie: TokenTrie, automaton: Automaton, position: number) {
    this.mask = new Uint32Array(Math.ceil(trie.vocabSize / 32));
    this.#trie = trie;
    this.#automaton = automaton;
    this.#path = new Int32Array(trie.deepest + 1);
    this.#path[0] = position;
  }

  /** Looks at a number of nodes; whether these were the last. */
  advance(count: number): boolean {
    const { bytes, depths, tokens, ends, sameAs } = this.#trie;
    const [mask, path, automaton] = [this.mask, this.#path, this.#automaton];
    let node = this.#node;
    for (let rest = count; rest > 0 && node < bytes.length; rest--) {
      const depth = depths[node];
      const next = automaton.step(path[depth - 1], bytes[node]);
      if (next === dead) {
        node = ends[node];
        continue;
      }
      path[depth] = next;
      for (let id = tokens[node]; id >= 0; id = sameAs[id]) mask[id >>> 5] |= 1 << (id & 31);
      node++;
    }
    this.#node = node;
    return node >= bytes.length;
  }

  /** Looks at all the rest; lets the event loop run meanwhile. */
  async finish(): Promise<void> {
    const pacer = new Pacer();
    while (!this.advance(sliceLength)) await pacer.rest();
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
