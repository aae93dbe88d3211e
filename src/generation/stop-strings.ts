/** @file Strings that end a text, also where they span tokens: what may be the beginning of one is held back. */
import { UserError } from "../errors.ts";

export class StopStrings {
  readonly #stops: readonly string[];
  #held = "";
  #isFound = false;

  constructor(stops: readonly string[]) {
    if (stops.includes("")) {
      throw new UserError("stop: expected at least one character, got none.");
    }
    this.#stops = stops;
  }

  /** Whether one of them came; the text ends before it. */
  get isFound(): boolean {
    return this.#isFound;
  }

  /** The text that may be shown now that `added` came. */
  add(added: string): string {
    if (this.#isFound) return "";
    const text = this.#held + added;
    const starts = this.#stops.map((stop) => text.indexOf(stop)).filter((start) => start >= 0);
    this.#isFound = starts.length > 0;
    const end = this.#isFound ? Math.min(...starts) : text.length - this.#heldLength(text);
    this.#held = this.#isFound ? "" : text.slice(end);
    return text.slice(0, end);
  }

  /** What was held back, at the end of a text that none of them ended. */
  end(): string {
    const held = this.#held;
    this.#held = "";
    return held;
  }

  /** Length of the longest end of `text` with which one of the strings begins. */
  #heldLength(text: string): number {
    const lengths = this.#stops.map((stop) => {
      let length = Math.min(stop.length - 1, text.length);
      while (length > 0 && !text.endsWith(stop.slice(0, length))) length--;
      return length;
    });
    return Math.max(0, ...lengths);
  }
}
