/** @file Normalized text to ids: pre-tokenizer and model. Where a hand-written scanner knows the pattern, no piece is ever a string. */
import { UserError } from "../../errors.ts";
import { IdWriter } from "../bpe/id-writer.ts";
import { MergeTable } from "../bpe/merges.ts";
import type { PieceCutter } from "../bpe/scanner.ts";
import { scannerFor } from "../bpe/scanner-for.ts";
import { TokenBytes } from "../bpe/token-bytes.ts";
import { WordEncoder } from "../bpe/word-encoder.ts";
import { bytesOfCharacters } from "./byte-characters.ts";
import { byteLevelSymbols, characterIds, characterSymbols } from "./character-symbols.ts";
import { deepseekPatterns, deepseekScanner } from "./deepseek-scanner.ts";
import { byteOfToken } from "./decoders.ts";
import type { BytePairModel } from "./model.ts";
import { neighbourScanner, wholeText } from "./neighbour-scanner.ts";
import { PieceList, utf8Length } from "./piece-list.ts";
import { type Piece, preTokenize, type PreTokenizer } from "./pre-tokenizers.ts";

export interface SectionEncoderOptions {
  readonly model: BytePairModel;
  readonly steps: readonly PreTokenizer[];
  readonly isByteLevel: boolean;
}

/** Adds the ids of one section after the other to `writer`. */
export class SectionEncoder {
  readonly writer: IdWriter;
  /** Where text may be cut; without it, it must come in one go. */
  readonly cutter: PieceCutter | undefined;
  readonly #steps: readonly PreTokenizer[];
  readonly #list: PieceList | undefined;
  readonly #model: BytePairModel;
  readonly #isByteLevel: boolean;

  constructor({ model, steps, isByteLevel }: SectionEncoderOptions) {
    const { merges, takesWholePieces } = model;
    const known = isByteLevel ? undefined : characterIds(model);
    const scanner = scannerForSteps(steps);
    const isCutFurther = known && !takesWholePieces;
    const inner = scanner ?? (isCutFurther ? neighbourScanner(model, known) : wholeText);
    this.#model = model;
    this.#isByteLevel = isByteLevel;
    this.#steps = scanner ? [] : steps;
    this.#list = this.#steps.length > 0 ? new PieceList(inner) : undefined;
    this.cutter = this.#list || inner === wholeText ? undefined : inner;
    const words = new WordEncoder({
      scanner: this.#list ?? inner,
      symbolsOf: known ? characterSymbols(model, known) : byteLevelSymbols(model),
      merges: new MergeTable(merges.lefts, merges.rights, merges.merged),
      wholePieces: takesWholePieces ? tokenBytes(model, isByteLevel) : undefined,
    });
    this.writer = new IdWriter(this.#list ?? inner, words);
  }

  /** Adds the ids of a section; stops soon after there are `limit`. */
  write(text: string, isFirst: boolean, limit: number): void {
    if (this.#list) text = this.#list.load(this.pieces(text, isFirst));
    this.writer.write(text, 0, text.length, limit);
  }

  /** The ids of one piece; what else the writer holds is lost. */
  encodePiece({ text }: Piece): Uint32Array {
    this.#list?.load([{ text, at: 0 }]);
    this.writer.clear();
    this.writer.write(text, 0, text.length, Infinity);
    return this.writer.take();
  }

  /** The number of bytes of a piece that the token takes. */
  lengthOf(id: number): number {
    const spelling = this.#model.spellings[id] ?? "";
    if (id === this.#model.unknownId) {
      throw new UserError(
        `offsets: expected text that the vocabulary can express, got an unknown character. Encode it without offsets.`,
      );
    }
    if (this.#isByteLevel) return spelling.length;
    const isByte = this.#model.fallsBackToBytes && byteOfToken(spelling) !== undefined;
    return isByte ? 1 : utf8Length(spelling);
  }

  /** The pieces of a section; one where they need not be known. */
  pieces(text: string, isFirst: boolean): Piece[] {
    return preTokenize(text, this.#steps, isFirst);
  }
}

/** The bytes of the tokens that a piece can be as a whole. */
function tokenBytes({ spellings }: BytePairModel, isByteLevel: boolean): TokenBytes {
  const encoder = new TextEncoder();
  return TokenBytes.from(
    spellings.map((spelling) => {
      if (spelling === undefined) return undefined;
      return isByteLevel ? bytesOfCharacters(spelling) : encoder.encode(spelling);
    }),
  );
}

/** The hand-written scanner that does what all steps do, if there is one. */
function scannerForSteps(steps: readonly PreTokenizer[]): PieceCutter | undefined {
  if (steps.length === 1) return scannerFor(steps[0].isolates ?? "");
  const isDeepseek =
    steps.length === deepseekPatterns.length &&
    steps.every(({ isolates }, i) => isolates === deepseekPatterns[i]);
  return isDeepseek ? deepseekScanner : undefined;
}
