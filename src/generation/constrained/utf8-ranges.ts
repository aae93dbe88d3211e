/** @file Ranges of code points as sequences of byte ranges: what UTF-8 makes of them, without decoding. */

/** A range of values for each byte of a character. */
export type ByteRanges = readonly (readonly [low: number, high: number])[];

/** Code points up to here have one, two, three and four bytes. */
const limits = [0x7f, 0x7ff, 0xffff, 0x10ffff];

/** The byte sequences of the code points from `first` to `last`, surrogates left out. */
export function utf8Ranges(first: number, last: number): ByteRanges[] {
  if (first > last) return [];
  if (first <= 0xdfff && last >= 0xd800) {
    return [...utf8Ranges(first, 0xd7ff), ...utf8Ranges(0xe000, last)];
  }
  const length = limits.findIndex((limit) => first <= limit);
  if (last > limits[length]) {
    return [...utf8Ranges(first, limits[length]), ...utf8Ranges(limits[length] + 1, last)];
  }
  return splitRange(bytesOf(first), bytesOf(last));
}

/** Sequences of equal length between two, both included. */
function splitRange(low: readonly number[], high: readonly number[]): ByteRanges[] {
  if (low.length === 1) return [[[low[0], high[0]]]];
  const [lowRest, highRest] = [low.slice(1), high.slice(1)];
  const [least, most] = [lowRest.map(() => 0x80), lowRest.map(() => 0xbf)];
  const starting = (byte: number, rest: ByteRanges[]) =>
    rest.map((ranges): ByteRanges => [[byte, byte], ...ranges]);
  if (low[0] === high[0]) return starting(low[0], splitRange(lowRest, highRest));
  const isLowWhole = lowRest.every((byte) => byte === 0x80);
  const isHighWhole = highRest.every((byte) => byte === 0xbf);
  const firstWhole = isLowWhole ? low[0] : low[0] + 1;
  const lastWhole = isHighWhole ? high[0] : high[0] - 1;
  const anyRest = least.map((byte, i): readonly [number, number] => [byte, most[i]]);
  return [
    ...(isLowWhole ? [] : starting(low[0], splitRange(lowRest, most))),
    ...(firstWhole <= lastWhole ? [[[firstWhole, lastWhole] as const, ...anyRest]] : []),
    ...(isHighWhole ? [] : starting(high[0], splitRange(least, highRest))),
  ];
}

function bytesOf(codePoint: number): number[] {
  return [...new TextEncoder().encode(String.fromCodePoint(codePoint))];
}
