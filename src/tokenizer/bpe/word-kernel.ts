/**
 * @file `WordEncoder` in WebAssembly, for OpenAI's encodings. JavaScript is slow until the engine has compiled it, which takes longer
 * than most programs' texts: the first 10 MB were measured to take half the time here. Where a page's policy or the place forbids WebAssembly, and for
 * all other vocabularies, `WordEncoder` does the work; a test holds the two against each other. Its program's source is `build/word-kernel/kernel.ts`.
 */
import type { BytePairParts } from "./byte-pair-tokenizer.ts";
import { classes } from "./character-class.ts";
import { gpt2Scanner } from "./gpt2-scanner.ts";
import type { PartEncoder } from "./id-writer.ts";
import { crossedBoundaries, joinedCharacters } from "./joined-characters.ts";
import { RankMerges } from "./merges.ts";
import { o200kScanner } from "./o200k-scanner.ts";
import { PieceEncoder } from "./piece-encoder.ts";
import { gpt4Scanner } from "./scanner-for.ts";
import { mostBytesPerUnit, paddingBytes } from "./utf8-buffer.ts";
import { wordKernelProgram } from "./word-kernel-program.ts";

/** What the program exports; numbers are addresses in its memory unless they are called otherwise. */
interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer; grow(numPages: number): number };
  readonly classes: Address;
  readonly byteIds: Address;
  readonly crossed: Address;
  readonly free: Address;
  setScanner(isGpt2: boolean, isO200k: boolean): void;
  /** Bytes, starts, hashes, powers and slots of the tokens; then `idBits` and `maxLength`, which are no addresses. */
  setVocabulary(...numbers: number[]): void;
  encode(start: number, end: number, ids: number, last: number): number;
}

interface Address {
  readonly value: number;
}

/** The part of WebAssembly used here; the types of Node 20 leave it out. */
declare const WebAssembly: {
  readonly Module: new (program: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

const scanners = [gpt2Scanner, gpt4Scanner, o200kScanner];
const pageBytes = 1 << 16;
const encoder = new TextEncoder();

/** Encodes as `WordEncoder` does. */
export class WordKernel implements PartEncoder {
  readonly #parts: BytePairParts;
  readonly #kernel: Kernel;
  readonly #textStart: number;
  #lazyPieces: PieceEncoder | undefined;
  #text = new Uint8Array(0);
  #ids = new Uint32Array(0);

  private constructor(module: object, parts: BytePairParts) {
    this.#parts = parts;
    const kernel = {
      encodeLong: (start: number, end: number, ids: number) => this.#encodeLong(start, end, ids),
      fillCrossed: () =>
        this.#put(crossedBoundaries(parts.tokens, parts.merges), this.#kernel.crossed.value),
    };
    this.#kernel = new WebAssembly.Instance(module, { kernel }).exports as Kernel;
    this.#textStart = this.#fill();
  }

  /** The kernel for these parts, or nothing where they are not those that it knows or WebAssembly may not run. */
  static for(parts: BytePairParts): WordKernel | undefined {
    const { scanner, merges, takesWholePieces = true } = parts;
    const isKnown = scanners.includes(scanner);
    if (!isKnown || !(merges instanceof RankMerges) || !takesWholePieces) return undefined;
    const module = compiled();
    return module ? new WordKernel(module, parts) : undefined;
  }

  encode(text: string, limit: number): Uint32Array {
    this.#reserve(text.length * mostBytesPerUnit);
    const size = encoder.encodeInto(text, this.#text).written;
    const { byteOffset: ids } = this.#ids;
    const last = ids + 4 * Math.min(limit, size);
    const end = this.#kernel.encode(this.#textStart, this.#textStart + size, ids, last) >>> 0;
    return this.#ids.subarray(0, (end - ids) / 4);
  }

  /** Writes what does not change to the memory; where it is free from then on. */
  #fill(): number {
    const kernel = this.#kernel;
    const { tokens, scanner } = this.#parts;
    const { bytes, starts, hashes, powers, slots, idBits, maxLength } = tokens;
    const arrays = [bytes, starts, hashes, powers, slots];
    const addresses: number[] = [];
    let next = kernel.free.value;
    for (const { byteLength } of arrays) {
      addresses.push(next);
      next += (byteLength + 15) & ~15;
    }
    kernel.memory.grow(Math.ceil(next / pageBytes));
    arrays.forEach((array, i) => this.#put(array, addresses[i]));
    kernel.setVocabulary(...addresses, idBits, maxLength);
    kernel.setScanner(scanner === gpt2Scanner, scanner === o200kScanner);
    this.#put(classes, kernel.classes.value);
    this.#put(tokens.byteIds(), kernel.byteIds.value);
    return next;
  }

  #put(
    { buffer, byteOffset, byteLength }: Uint8Array | Int32Array | Uint32Array,
    at: number,
  ): void {
    new Uint8Array(this.#kernel.memory.buffer, at).set(
      new Uint8Array(buffer, byteOffset, byteLength),
    );
  }

  /** Room for a text of so many bytes, and an id for each. */
  #reserve(size: number): void {
    if (size <= this.#text.length) return;
    const capacity = (2 * size + 15) & ~15;
    const { memory } = this.#kernel;
    const ids = this.#textStart + capacity + paddingBytes;
    const missing = ids + 4 * capacity + paddingBytes - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
    this.#text = new Uint8Array(memory.buffer, this.#textStart, capacity);
    this.#ids = new Uint32Array(memory.buffer, ids, capacity);
  }

  /** Pieces that are so long that merging them wants a heap. */
  #encodeLong(start: number, end: number, ids: number): number {
    const { tokens, merges } = this.#parts;
    this.#lazyPieces ??= new PieceEncoder({ merges, symbolsOf: joinedCharacters(tokens, merges) });
    const { buffer } = this.#kernel.memory;
    const [bytes, words] = [new Uint8Array(buffer), new Uint32Array(buffer)];
    return this.#lazyPieces.encode(bytes, start, end, words, ids / 4) - ids / 4;
  }
}

let lazyModule: object | undefined | null;

/** The program, compiled once; nothing where that is forbidden. */
function compiled(): object | null {
  if (lazyModule !== undefined) return lazyModule;
  const bytes = wordKernelProgram.match(/../g) ?? [];
  const program = Uint8Array.from(bytes, (digits) => parseInt(digits, 16));
  try {
    return (lazyModule = new WebAssembly.Module(program));
  } catch {
    return (lazyModule = null);
  }
}
