/** @file How a source of text divides into documents: a file is one, or a separator or the lines of JSONL divide it. */
import { UserError } from "../../errors.ts";

export interface DocumentForm {
  /** The field of each line's JSON object that is the document's text; undefined where the source is plain text. */
  readonly field?: string | undefined;
  /** What stands between documents of plain text; undefined where a source is one document. */
  readonly separator?: string | undefined;
}

/** A stretch of a source that can be encoded without what is around it. */
export interface Stretch {
  readonly text: string;
  /** Whether its first document began before it. */
  readonly isInside: boolean;
  /** Whether its last document ends with it. */
  readonly isClosed: boolean;
}

/** A document, or the part of one that is in a stretch. */
export interface DocumentPart {
  readonly text: string;
  readonly isLast: boolean;
}

/** Where lines are not what they should be, in UTF-16 units from the start of the stretch. */
export class LineError extends UserError {
  readonly offset: number;
  readonly expected: string;

  constructor(expected: string, offset: number) {
    super(`prepare: expected ${expected} at offset ${offset}, got something else.`);
    this.offset = offset;
    this.expected = expected;
  }
}

/** The documents of a stretch. Blank lines of JSONL and blank text between separators are none. */
export function documentsIn(stretch: Stretch, { field, separator }: DocumentForm): DocumentPart[] {
  if (field !== undefined) return [...linesIn(stretch.text, field)];
  const { text, isInside, isClosed } = stretch;
  const parts = separator === undefined ? [text] : text.split(separator);
  return parts.flatMap((text, index) => {
    const isEnd = index === parts.length - 1;
    const isLast = !isEnd || isClosed;
    const isBegun = index === 0 && isInside;
    if (separator !== undefined && !isBegun && isLast && text.trim() === "") return [];
    return isLast || text !== "" ? [{ text, isLast }] : [];
  });
}

function* linesIn(text: string, field: string): Generator<DocumentPart> {
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf("\n", start);
    const end = newline === -1 ? text.length : newline;
    const line = text.slice(start, end);
    if (line.trim() !== "") yield { text: textOf(line, field, start), isLast: true };
    start = end + 1;
  }
}

function textOf(line: string, field: string, offset: number): string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new LineError("a JSON object", offset);
  }
  const text = (value as Record<string, unknown> | null)?.[field];
  if (typeof text === "string") return text;
  throw new LineError(`a JSON object with text in "${field}"`, offset);
}

/** Where a source may be cut behind `from`, and whether a document ends there; `at` 0 means nowhere yet. */
export function placeToCut(
  text: string,
  { field, separator }: DocumentForm,
  cutPoint: (text: string) => number,
): { readonly at: number; readonly isClosed: boolean } {
  if (field !== undefined) return { at: text.lastIndexOf("\n") + 1, isClosed: true };
  if (separator === undefined) return { at: cutPoint(text), isClosed: false };
  const found = text.lastIndexOf(separator);
  if (found !== -1) return { at: found + separator.length, isClosed: true };
  const sure = text.length - separator.length + 1; // behind it a separator may have begun
  return { at: sure > 0 ? cutPoint(text.slice(0, sure)) : 0, isClosed: false };
}
