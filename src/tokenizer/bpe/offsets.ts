/** @file Where in the text each token is: tokens are bytes, text is UTF-16. */

/** From and up to which UTF-16 unit. */
export type CharacterRange = readonly [start: number, end: number];

/** The range of each token, given the bytes it has. Joined, the tokens are the UTF-8 of the text. */
export function characterRanges(
  text: string,
  ids: ArrayLike<number>,
  lengthOf: (id: number) => number,
): CharacterRange[] {
  const ranges: CharacterRange[] = [];
  const at = new TextPosition(text);
  let bytes = 0;
  for (let i = 0; i < ids.length; i++) {
    at.advance(bytes);
    const start = at.unit;
    bytes += lengthOf(ids[i]);
    at.advance(bytes);
    ranges.push([start, at.byte === bytes ? at.unit : at.nextUnit]);
  }
  return ranges;
}

/** The start of the character that holds a byte. */
class TextPosition {
  unit = 0;
  byte = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** Where the next character starts. */
  get nextUnit(): number {
    return this.unit + ((this.#text.codePointAt(this.unit) ?? 0) > 0xffff ? 2 : 1);
  }

  /** Goes on to the character that holds this byte. */
  advance(byte: number): void {
    for (;;) {
      const next = this.byte + utf8Length(this.#text.codePointAt(this.unit) ?? 0);
      if (next > byte || this.unit >= this.#text.length) return;
      this.unit = this.nextUnit;
      this.byte = next;
    }
  }
}

function utf8Length(codePoint: number): number {
  return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
}
