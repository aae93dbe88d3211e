/**
 * @file The decoding loop. Texts are written side by side, each in a row of the engine; when one ends, the next that waits
 * takes its row. What a row holds stays there from call to call, so a chat reads only what is new.
 */
import type { Decoded, DecodeRequest } from "./decode-request.ts";
import { requireRequest } from "./decode-request.ts";
import type { Engine } from "./engine.ts";
import { RowTexts } from "./row-texts.ts";
import { beginWriting, endOf, limitOf, nextOf } from "./writing.ts";
import type { Writing } from "./writing.ts";

export interface DecodeOptions {
  /** Ends all texts, each with the finish reason `aborted`. */
  readonly signal?: AbortSignal | undefined;
}

/** What writes texts: a session, or one with a draft. */
export interface Decoder {
  decode(requests: readonly DecodeRequest[], options?: DecodeOptions): AsyncGenerator<Decoded>;
}

/** An engine and what its rows hold. Nothing else may use the engine; one call of `decode` at a time. */
export class Session implements Decoder {
  readonly engine: Engine;
  readonly #rows: RowTexts;

  constructor(engine: Engine) {
    this.engine = engine;
    this.#rows = new RowTexts(engine);
  }

  /**
   * Writes a text for each request and yields every token as soon as it is chosen, then how the text ended. What a request
   * gets does not depend on the others. Throws a UserError, before anything is read, for a request that cannot be begun.
   */
  async *decode(
    requests: readonly DecodeRequest[],
    { signal }: DecodeOptions = {},
  ): AsyncGenerator<Decoded> {
    for (const request of requests) requireRequest(request, this.engine.contextLength);
    const waiting = [...requests.entries()];
    let writings: Writing[] = [];
    while (waiting.length > 0 || writings.length > 0) {
      if (waiting.length > 0) {
        const started = await this.#start(waiting, writings, signal);
        writings = [...writings, ...started].sort((a, b) => a.row - b.row);
      }
      const goingOn: Writing[] = [];
      for (const writing of writings) {
        const reason = signal?.aborted ? "aborted" : limitOf(writing, this.engine.contextLength);
        if (reason) yield endOf(writing, reason);
        else goingOn.push(writing);
      }
      writings = [];
      const [logits] = await Promise.all([
        goingOn.length > 0 ? this.#read(goingOn, signal) : [],
        ...goingOn.map((writing) => writing.request.prepare?.(writing)),
      ]);
      for (const writing of goingOn) {
        const next = nextOf(writing, logits[writing.row]);
        yield* next;
        if (!next.some((each) => "finishReason" in each)) writings.push(writing);
      }
    }
  }

  /** Gives free rows to those that wait. A prompt that the next one shares is read at once, so that it can be copied. */
  async #start(
    waiting: [number, DecodeRequest][],
    writings: readonly Writing[],
    signal: AbortSignal | undefined,
  ): Promise<Writing[]> {
    const taken = new Set(writings.map(({ row }) => row));
    const free = Array.from({ length: this.engine.batchSize }, (_, row) => row).filter(
      (row) => !taken.has(row),
    );
    const started: Writing[] = [];
    while (free.length > 0 && waiting.length > 0) {
      const [index, request] = waiting.shift()!;
      const row = this.#rows.closest(request.prompt, free);
      free.splice(free.indexOf(row), 1);
      this.#rows.begin(row, request.prompt);
      const writing = beginWriting(request, index, row);
      const { ids } = writing;
      started.push(writing);
      const isShared = waiting[0]?.[1].prompt === request.prompt;
      if (isShared && free.length > 0 && ids.length <= this.engine.contextLength) {
        await this.#read([{ ...writing, ids: ids.slice(0, -1) }], signal);
      }
    }
    return started;
  }

  /** Logits after each text, by row; none where the signal came first. */
  async #read(
    writings: readonly Writing[],
    signal: AbortSignal | undefined,
  ): Promise<readonly (Float32Array | undefined)[]> {
    const added: (readonly number[])[] = Array.from({ length: this.engine.batchSize }, () => []);
    for (const { row, ids } of writings) added[row] = this.#rows.unread(row, ids);
    try {
      return await this.engine.append(added, { signal });
    } catch (error) {
      if (!signal?.aborted) throw error;
      return [];
    } finally {
      for (const { row } of writings) this.#rows.record(row, added[row]);
    }
  }
}
