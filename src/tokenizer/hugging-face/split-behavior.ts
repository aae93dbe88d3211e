/** @file What becomes of the matches of a pattern when text is split by it. */

export const splitBehaviors = [
  "Removed",
  "Isolated",
  "MergedWithPrevious",
  "MergedWithNext",
  "Contiguous",
] as const;
export type SplitBehavior = (typeof splitBehaviors)[number];

/** A part of the text, `start … end`; is it a match of the pattern? */
interface Part {
  readonly start: number;
  end: number;
  readonly isMatch: boolean;
}

/** Calls `emit` with the range of each piece, in order; none is empty. */
export function splitText(
  text: string,
  pattern: RegExp,
  { behavior, invert = false }: { behavior: SplitBehavior; invert?: boolean },
  emit: (start: number, end: number) => void,
): void {
  const parts = partsOf(text, pattern, invert);
  for (const { start, end } of merged(parts, behavior)) if (start < end) emit(start, end);
}

function partsOf(text: string, pattern: RegExp, invert: boolean): Part[] {
  const parts: Part[] = [];
  let done = 0;
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const start = match.index;
    const end = start + match[0].length;
    if (done < start) parts.push({ start: done, end: start, isMatch: invert });
    parts.push({ start, end, isMatch: !invert });
    done = end;
    if (start === end) pattern.lastIndex += (text.codePointAt(start) ?? 0) > 0xffff ? 2 : 1;
  }
  if (done < text.length) parts.push({ start: done, end: text.length, isMatch: invert });
  return parts;
}

function merged(parts: Part[], behavior: SplitBehavior): Part[] {
  if (behavior === "Isolated") return parts;
  if (behavior === "Removed") return parts.filter(({ isMatch }) => !isMatch);
  const joined: Part[] = [];
  parts.forEach((part, i) => {
    const before = i > 0 ? parts[i - 1].isMatch : false;
    if (joined.length > 0 && isJoined(part.isMatch, before, behavior))
      joined.at(-1)!.end = part.end;
    else joined.push({ ...part });
  });
  return joined;
}

/** Whether a part goes with the one before it. Of several matches in a row only the one at the other part is merged with it. */
function isJoined(isMatch: boolean, before: boolean, behavior: SplitBehavior): boolean {
  if (behavior === "Contiguous") return isMatch === before;
  if (behavior === "MergedWithPrevious") return isMatch && !before;
  return before && !isMatch;
}
