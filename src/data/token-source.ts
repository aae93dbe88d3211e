/** Token ids, wherever they lie: all of the training data is read through this one interface. */

export interface TokenSource {
  /** Number of tokens. */
  readonly length: number;

  /** Copies `count` ids from position `start` to the front of `out`, at once and without waiting. */
  read(start: number, count: number, out: Int32Array): void;
}

/** A source that holds something, such as an open file, until `close`. */
export interface OpenTokenSource extends TokenSource {
  close(): void;
}

/** Takes ids in order and becomes a source; until `finish`, nothing of it can be seen. */
export interface TokenSink {
  write(ids: Uint32Array): Promise<void>;
  finish(): Promise<OpenTokenSource>;
  /** Gives up and leaves nothing behind. */
  discard(): Promise<void>;
}

/** Ids in memory. */
export class MemoryTokens implements OpenTokenSource {
  readonly ids: ArrayLike<number>;

  constructor(ids: ArrayLike<number>) {
    this.ids = ids;
  }

  get length(): number {
    return this.ids.length;
  }

  read(start: number, count: number, out: Int32Array): void {
    checkRange(this, start, count);
    for (let i = 0; i < count; i++) out[i] = this.ids[start + i];
  }

  close(): void {}
}

const blockLength = 1 << 20; // ids

/** Collects ids in memory, 2 bytes each when the vocabulary allows it, in blocks that never have to move. */
export class MemoryTokenSink implements TokenSink {
  readonly #arrayType: Uint16ArrayConstructor | Uint32ArrayConstructor;
  #blocks: (Uint16Array | Uint32Array)[] = [];
  #length = 0;

  constructor(vocabSize: number) {
    this.#arrayType = tokenArrayType(vocabSize);
  }

  async write(ids: Uint32Array): Promise<void> {
    let done = 0;
    while (done < ids.length) {
      const at = this.#length % blockLength;
      if (at === 0) this.#blocks.push(new this.#arrayType(blockLength));
      const part = ids.subarray(done, done + blockLength - at);
      this.#blocks.at(-1)?.set(part, at);
      this.#length += part.length;
      done += part.length;
    }
  }

  async finish(): Promise<OpenTokenSource> {
    return new BlockTokens(this.#blocks, this.#length);
  }

  async discard(): Promise<void> {
    this.#blocks = [];
    this.#length = 0;
  }
}

class BlockTokens implements OpenTokenSource {
  readonly length: number;
  readonly #blocks: readonly (Uint16Array | Uint32Array)[];

  constructor(blocks: readonly (Uint16Array | Uint32Array)[], length: number) {
    this.#blocks = blocks;
    this.length = length;
  }

  read(start: number, count: number, out: Int32Array): void {
    checkRange(this, start, count);
    let done = 0;
    while (done < count) {
      const block = this.#blocks[Math.floor((start + done) / blockLength)];
      const at = (start + done) % blockLength;
      const part = block.subarray(at, at + count - done);
      out.set(part, done);
      done += part.length;
    }
  }

  close(): void {}
}

/** Writes all of `tokens` to `sink`, which is discarded when that fails. */
export async function copyTokens(
  tokens: TokenSource,
  sink: TokenSink,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<OpenTokenSource> {
  try {
    const ids = new Int32Array(blockLength);
    for (let start = 0; start < tokens.length; start += blockLength) {
      signal?.throwIfAborted();
      const count = Math.min(blockLength, tokens.length - start);
      tokens.read(start, count, ids);
      await sink.write(Uint32Array.from(ids.subarray(0, count)));
    }
    return await sink.finish();
  } catch (error) {
    await sink.discard();
    throw error;
  }
}

/** The tokens from `start` up to and without `end`, still where they are. */
export function sliceTokens(tokens: TokenSource, start: number, end: number): TokenSource {
  checkRange(tokens, start, end - start);
  const slice = {
    length: end - start,
    read(from: number, count: number, out: Int32Array) {
      checkRange(slice, from, count);
      tokens.read(start + from, count, out);
    },
  };
  return slice;
}

/** The smallest array whose elements hold every id. */
export function tokenArrayType(vocabSize: number): Uint16ArrayConstructor | Uint32ArrayConstructor {
  return vocabSize <= 1 << 16 ? Uint16Array : Uint32Array;
}

/** Throws where a read would leave the source: a mistake of the caller, not of a person. */
export function checkRange(
  { length }: { readonly length: number },
  start: number,
  count: number,
): void {
  if (start >= 0 && count >= 0 && start + count <= length) return;
  throw new RangeError(`tokens: expected a range within ${length}, got ${count} from ${start}`);
}
