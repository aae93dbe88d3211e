/** @file Where in the text, before it was normalized, each token is from. */
import { type CharacterRange, characterRanges } from "../bpe/offsets.ts";
import type { Normalizer } from "./normalizers.ts";
import type { SectionEncoder } from "./section-encoder.ts";
import type { Section } from "./sections.ts";

/** A text under edits: for each of its units, from where to where in the original it is from. */
export interface AlignedText {
  readonly text: string;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** The normalized text with where it is from. */
export function normalizeAligned(text: string, normalizer: Normalizer): AlignedText {
  const units = Array.from({ length: text.length }, (_, i) => i);
  let aligned: AlignedText = { text, starts: units, ends: units.map((unit) => unit + 1) };
  for (const { pattern, replace } of normalizer) aligned = edited(aligned, pattern, replace);
  return aligned;
}

function edited(
  { text, starts, ends }: AlignedText,
  pattern: RegExp,
  replace: (match: string) => string,
): AlignedText {
  const parts: string[] = [];
  const newStarts: number[] = [];
  const newEnds: number[] = [];
  const keep = (from: number, to: number) => {
    parts.push(text.slice(from, to));
    for (let i = from; i < to; i++) {
      newStarts.push(starts[i]);
      newEnds.push(ends[i]);
    }
  };
  let done = 0;
  for (const { 0: match, index } of text.matchAll(pattern)) {
    const replacement = replace(match);
    if (replacement === match) continue;
    keep(done, index);
    done = index + match.length;
    parts.push(replacement);
    const start = starts[index] ?? ends.at(-1) ?? 0;
    const end = match === "" ? start : ends[done - 1];
    for (let i = 0; i < replacement.length; i++) {
      newStarts.push(start);
      newEnds.push(end);
    }
  }
  keep(done, text.length);
  return { text: parts.join(""), starts: newStarts, ends: newEnds };
}

/** The range in the original text of the units `start … end` of the aligned text. */
export function originalRange(
  { starts, ends }: AlignedText,
  start: number,
  end: number,
): CharacterRange {
  if (start >= starts.length) return [ends.at(-1) ?? 0, ends.at(-1) ?? 0];
  return [starts[start], end > start ? ends[end - 1] : starts[start]];
}

/** The range of each token of a section of `text`. */
export function tokenRanges(
  text: string,
  section: Section,
  encoder: SectionEncoder,
): CharacterRange[] {
  const { origin, token } = section;
  const raw = text.slice(origin.start, origin.end);
  const aligned = normalizeAligned(raw, origin.normalizer);
  const rangeOf = (start: number, end: number): CharacterRange => {
    const [from, to] = originalRange(
      aligned,
      Math.max(0, start) + origin.at,
      Math.max(0, end) + origin.at,
    );
    return [from + origin.start, to + origin.start];
  };
  if (token) return [rangeOf(0, section.text.length)];
  return encoder.pieces(section.text, section.isFirst).flatMap((piece) => {
    const ids = encoder.encodePiece(piece);
    const ranges = characterRanges(piece.text, ids, (id) => encoder.lengthOf(id));
    return ranges.map(([start, end]) => rangeOf(piece.at + start, piece.at + end));
  });
}
