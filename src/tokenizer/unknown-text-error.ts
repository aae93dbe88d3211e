import { UserError } from "../errors.ts";

/** Text that a vocabulary cannot express; says which and where, so that a caller who encodes pieces can add its own offset. */
export class UnknownTextError extends UserError {
  /** What is unknown, quoted for a message: a character with its code point, or a word. */
  readonly what: string;
  /** Where it starts, in UTF-16 units from the start of the text. */
  readonly offset: number;
  readonly advice: string;

  constructor(what: string, offset: number, advice: string, where = "encode") {
    super(
      `${where}: expected text of the vocabulary, got unknown ${what} at offset ${offset}. ${advice}`,
    );
    this.what = what;
    this.offset = offset;
    this.advice = advice;
  }

  /** The same error for a text that starts `shift` units earlier and is called `where`. */
  moved(where: string, shift: number): UnknownTextError {
    return new UnknownTextError(this.what, this.offset + shift, this.advice, where);
  }
}
