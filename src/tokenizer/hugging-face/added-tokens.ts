/**
 * @file Tokens that were added to a vocabulary by name, such as `<|im_start|>`: they are cut out of a text before anything else happens to
 * it, those that ask for it only after it has been normalized. Of several at one place the longest counts.
 */
import { UserError } from "../../errors.ts";
import { Fields } from "./fields.ts";
import { endsWithWord, leadingSpace, spaceBefore, startsWithWord } from "./rust-characters.ts";

export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Whether `decode` may leave it out. */
  readonly isSpecial: boolean;
  /** Whether it is looked for in normalized text, itself normalized. */
  readonly isNormalized: boolean;
  /** Whether it counts only where no word goes on before or after it. */
  readonly isSingleWord: boolean;
  /** Whether it takes the white space before or after it. */
  readonly takesSpaceBefore: boolean;
  readonly takesSpaceAfter: boolean;
}

/** The field `added_tokens` of a `tokenizer.json`. */
export function readAddedTokens(json: unknown): AddedToken[] {
  if (json === null || json === undefined) return [];
  if (Array.isArray(json)) {
    return json.map((token: unknown, i) =>
      readAddedToken(token, `tokenizer.json: added_tokens[${i}]`),
    );
  }
  throw new UserError(
    "tokenizer.json: expected a list as added_tokens, got another value. Get the published file again.",
  );
}

/** One token of it. */
export function readAddedToken(json: unknown, where: string): AddedToken {
  const fields = new Fields(json, where);
  const isSpecial = fields.boolean("special", false);
  const token = {
    id: fields.count("id"),
    content: fields.string("content"),
    isSpecial,
    isNormalized: fields.boolean("normalized", !isSpecial),
    isSingleWord: fields.boolean("single_word", false),
    takesSpaceBefore: fields.boolean("lstrip", false),
    takesSpaceAfter: fields.boolean("rstrip", false),
  };
  fields.done();
  return token;
}

/** Where a text has an added token. */
export interface FoundToken {
  readonly start: number;
  readonly end: number;
  readonly token: AddedToken;
}

interface Node {
  readonly next: Map<number, Node>;
  token?: AddedToken;
}

const numUnits = 0x10000;

/** Finds tokens in texts: a tree of their UTF-16 units, and a table of those that a token starts with. */
export class TokenFinder {
  readonly #root: Node = { next: new Map() };
  readonly #starts = new Uint8Array(numUnits);
  readonly #longest: number;

  /** From the tokens, each with what to look for. */
  constructor(tokens: Iterable<readonly [content: string, token: AddedToken]>) {
    let longest = 0;
    for (const [content, token] of tokens) {
      if (content === "") continue;
      this.#starts[content.charCodeAt(0)] = 1;
      longest = Math.max(longest, content.length);
      let node = this.#root;
      for (let i = 0; i < content.length; i++) {
        const unit = content.charCodeAt(i);
        let next = node.next.get(unit);
        if (!next) node.next.set(unit, (next = { next: new Map() }));
        node = next;
      }
      node.token ??= token;
    }
    this.#longest = longest;
  }

  /** The tokens in order; those that are `skipped` are ordinary text. */
  *find(text: string, skipped: ReadonlySet<string>): Generator<FoundToken> {
    if (this.#longest === 0) return;
    let done = 0;
    for (let at = 0; at < text.length; at++) {
      if (!this.#starts[text.charCodeAt(at)]) continue;
      const match = this.#longestAt(text, at);
      if (!match) continue;
      const end = at + match.content.length;
      const found = accept(text, done, { start: at, end, token: match.token });
      at = end - 1;
      if (!found || skipped.has(match.token.content)) continue;
      yield found;
      done = found.end;
      at = done - 1;
    }
  }

  /** Whether a token, perhaps one of which only the beginning is there, goes across `at`. */
  isAcross(text: string, at: number): boolean {
    for (let start = Math.max(0, at - this.#longest + 1); start < at; start++) {
      if (this.#starts[text.charCodeAt(start)] && this.#reaches(text, start, at)) return true;
    }
    return false;
  }

  #longestAt(text: string, at: number): { content: string; token: AddedToken } | undefined {
    let node: Node | undefined = this.#root;
    let found: { content: string; token: AddedToken } | undefined;
    for (let i = at; node; i++) {
      if (node.token) found = { content: text.slice(at, i), token: node.token };
      node = node.next.get(text.charCodeAt(i));
    }
    return found;
  }

  #reaches(text: string, start: number, at: number): boolean {
    let node: Node | undefined = this.#root;
    for (let i = start; node && i < text.length; i++) {
      node = node.next.get(text.charCodeAt(i));
      if (node?.token && i >= at) return true;
    }
    return node !== undefined;
  }
}

/** The match with the space that it takes, unless it had to be a word of its own; `done` is the end of the one before. */
function accept(
  text: string,
  done: number,
  { start, end, token }: FoundToken,
): FoundToken | undefined {
  const { isSingleWord, takesSpaceBefore, takesSpaceAfter } = token;
  if (isSingleWord) {
    const isInWord =
      endsWithWord.test(text.slice(0, start)) || startsWithWord.test(text.slice(end));
    if (isInWord) return undefined;
  }
  if (takesSpaceBefore) start = spaceBefore(text, done, start);
  if (takesSpaceAfter) end += leadingSpace.exec(text.slice(end))?.[0].length ?? 0;
  return { start, end, token };
}
