/** Unicode code points of JavaScript strings, whose own unit is half of an astral character. */

const highSurrogates = 0xd800;
const lowSurrogates = 0xdc00;
const afterSurrogates = 0xe000;

/** Whether a code point is half of a pair, which no well-formed text contains alone. */
export function isSurrogate(codePoint: number): boolean {
  return codePoint >= highSurrogates && codePoint < afterSurrogates;
}

/** Whether the text ends in the first half of a pair, so that the next piece may complete it. */
export function endsInHalfPair(text: string): boolean {
  const unit = text.charCodeAt(text.length - 1);
  return unit >= highSurrogates && unit < lowSurrogates;
}

/** Orders as Python does, by code point; JavaScript's own order puts astral characters before U+E000. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const swapped = isSurrogate(x) !== isSurrogate(y) && Math.min(x, y) >= highSurrogates;
    return swapped ? y - x : x - y;
  }
  return a.length - b.length;
}

/** A character as a message shows it: `"é" (U+00E9)`. */
export function describeCodePoint(codePoint: number): string {
  const hex = codePoint.toString(16).toUpperCase().padStart(4, "0");
  const shown = isSurrogate(codePoint)
    ? "half character"
    : JSON.stringify(String.fromCodePoint(codePoint));
  return `${shown} (U+${hex})`;
}
