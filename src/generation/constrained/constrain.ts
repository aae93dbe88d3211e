/** @file Text held to a grammar: at each token, only those are left with which the text can still become right. */
import type { Tokenizer } from "../../tokenizer/index.ts";
import type { Constraint } from "../constraint.ts";
import type { TextSoFar } from "../sampler.ts";
import { Automaton } from "./automaton.ts";
import type { Grammar } from "./expression.ts";
import { findProperties } from "./character-properties.ts";
import { jsonSchemaGrammar } from "./json-schema.ts";
import { parseRegex } from "./regex-parser.ts";
import { MaskSearch, tokenBytesOf, TokenTrie } from "./token-trie.ts";

/** Masks of this many positions are kept: 25 MB for a vocabulary of 50,000. */
const mostMasks = 4096;

export interface ConstraintOptions {
  /** Ids that end a text; they are allowed where it may end, and other special tokens nowhere. */
  readonly stopIds?: readonly number[];
}

/** A grammar made ready for a tokenizer: it gives each text a constraint of its own, and all share what is learnt about it. */
export class ConstraintSource {
  readonly #automaton: Automaton;
  readonly #trie: TokenTrie;
  readonly #tokenBytes: (id: number) => Uint8Array;
  readonly #stopIds: readonly number[];
  readonly #masks = new Map<number, Uint32Array>();
  readonly #searches = new Map<number, Promise<void>>();

  private constructor(
    automaton: Automaton,
    trie: TokenTrie,
    tokenizer: Tokenizer,
    stopIds: readonly number[],
  ) {
    this.#automaton = automaton;
    this.#trie = trie;
    this.#tokenBytes = tokenBytesOf(tokenizer);
    this.#stopIds = stopIds;
  }

  /** Errors call the grammar `name`. */
  static async create(
    grammar: Grammar,
    tokenizer: Tokenizer,
    { name, stopIds = [] }: ConstraintOptions & { readonly name: string },
  ): Promise<ConstraintSource> {
    const automaton = new Automaton(grammar, name); // before the vocabulary is looked at: it may be wrong
    return new ConstraintSource(automaton, await TokenTrie.of(tokenizer), tokenizer, stopIds);
  }

  /** A constraint for one text. */
  constraint(): Constraint {
    const automaton = this.#automaton;
    let [position, numRead] = [automaton.start, 0];
    /** Follows what was written since the last token. */
    const follow = ({ ids, promptLength }: TextSoFar) => {
      const written = ids.length - promptLength;
      for (; numRead < written; numRead++) {
        position = automaton.stepAll(position, this.#tokenBytes(ids[promptLength + numRead]));
      }
      return position;
    };
    return {
      prepare: (text) => this.#prepareMask(follow(text)),
      filter: (candidates, text) => candidates.keepAllowed(this.#maskAt(follow(text))),
      isComplete: (text) => automaton.isFinished(follow(text)),
    };
  }

  #maskAt(position: number): Uint32Array {
    const known = this.#masks.get(position);
    if (known) return known;
    const search = new MaskSearch(this.#trie, this.#automaton, position);
    search.advance(Infinity);
    return this.#keep(position, search.mask);
  }

  /** Finds the mask of a position, if it is not known, without holding up others. */
  async #prepareMask(position: number): Promise<void> {
    if (this.#masks.has(position)) return;
    let search = this.#searches.get(position);
    if (!search) this.#searches.set(position, (search = this.#search(position)));
    await search;
  }

  async #search(position: number): Promise<void> {
    try {
      const search = new MaskSearch(this.#trie, this.#automaton, position);
      await search.finish();
      this.#keep(position, search.mask);
    } finally {
      this.#searches.delete(position);
    }
  }

  #keep(position: number, mask: Uint32Array): Uint32Array {
    if (this.#automaton.isAccepting(position)) {
      for (const id of this.#stopIds)
        if (id < this.#trie.vocabSize) mask[id >>> 5] |= 1 << (id & 31);
    }
    if (this.#masks.size === mostMasks) this.#masks.clear();
    this.#masks.set(position, mask);
    return mask;
  }
}

/** Texts that fit a regular expression as a whole. Throws a UserError for what is none or cannot be followed. */
export async function matchRegex(
  pattern: string,
  tokenizer: Tokenizer,
  options?: ConstraintOptions,
): Promise<ConstraintSource> {
  await findProperties(pattern);
  return ConstraintSource.create([parseRegex(pattern, "regex")], tokenizer, {
    name: "regex",
    ...options,
  });
}

/**
 * JSON without white space that fits a schema. Throws a UserError that names a keyword which cannot be followed; the keywords
 * are in `schema-keywords.ts`.
 */
export async function matchJsonSchema(
  schema: unknown,
  tokenizer: Tokenizer,
  options?: ConstraintOptions,
): Promise<ConstraintSource> {
  await findProperties(JSON.stringify(schema ?? null).replaceAll("\\\\", "\\"));
  return ConstraintSource.create(jsonSchemaGrammar(schema), tokenizer, {
    name: "JSON schema",
    ...options,
  });
}
