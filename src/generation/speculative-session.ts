/**
 * @file Speculative decoding (Leviathan et al. 2022): a smaller model drafts a few tokens, and the model itself reads them in one
 * run, which takes little longer than reading one. Each token is chosen from the model's own logits as it would be without a
 * draft, greedily or by a seed, so the text is the same; the draft only decides how many are chosen per run. (With weights in 8
 * or 4 bits, ONNX Runtime multiplies several rows in another way than one: logits differ by about 1 %, and what is nearly as
 * likely may change places.)
 */
import { UserError } from "../errors.ts";
import { requireRequest } from "./decode-request.ts";
import type { Decoded, DecodeRequest } from "./decode-request.ts";
import type { Engine } from "./engine.ts";
import { RowTexts, windowStart } from "./row-texts.ts";
import { greedy } from "./sampler.ts";
import type { DecodeOptions, Decoder } from "./session.ts";
import { beginWriting, endOf, limitOf, nextOf } from "./writing.ts";
import type { Writing } from "./writing.ts";

export interface SpeculativeOptions {
  /** Tokens drafted at a time; default 4. */
  readonly draftLength?: number;
}

/** A model and a smaller one of the same vocabulary; texts are written one after the other. */
export class SpeculativeSession implements Decoder {
  readonly #engine: Engine;
  readonly #draft: Engine;
  readonly #rows: RowTexts;
  readonly #draftRows: RowTexts;
  readonly #draftLength: number;
  #numDrafted = 0;
  #numAccepted = 0;

  constructor(engine: Engine, draft: Engine, { draftLength = 4 }: SpeculativeOptions = {}) {
    if (engine.vocabSize !== draft.vocabSize) {
      throw new UserError(
        `draft model: expected the vocabulary of the model, ${engine.vocabSize} tokens, got ${draft.vocabSize}. ` +
          `Choose a smaller model of the same family.`,
      );
    }
    this.#engine = engine;
    this.#draft = draft;
    this.#rows = new RowTexts(engine);
    this.#draftRows = new RowTexts(draft);
    this.#draftLength = draftLength;
  }

  /** Share of the drafted tokens that the model chose too; undefined before any was drafted. */
  get acceptanceRate(): number | undefined {
    return this.#numDrafted === 0 ? undefined : this.#numAccepted / this.#numDrafted;
  }

  async *decode(
    requests: readonly DecodeRequest[],
    { signal }: DecodeOptions = {},
  ): AsyncGenerator<Decoded> {
    for (const request of requests) requireRequest(request, this.#engine.contextLength);
    for (const [index, request] of requests.entries()) {
      const writing = beginWriting(request, index, 0);
      this.#rows.begin(0, writing.ids);
      this.#draftRows.begin(0, writing.ids);
      yield* this.#write(writing, signal);
    }
  }

  async *#write(writing: Writing, signal: AbortSignal | undefined): AsyncGenerator<Decoded> {
    const V = this.#engine.vocabSize;
    const { ids } = writing;
    for (;;) {
      const reason = signal?.aborted ? "aborted" : limitOf(writing, this.#engine.contextLength);
      if (reason) return yield endOf(writing, reason);
      const before = ids.length;
      const draft = await this.#propose(writing, signal);
      const logits = draft && (await this.#readAll(ids, draft, signal));
      if (!draft || !logits) return yield endOf(writing, "aborted");
      for (let i = 0; i <= draft.length; i++) {
        await writing.request.prepare?.(writing);
        const next = nextOf(writing, logits.subarray(i * V, (i + 1) * V));
        yield* next;
        if (next.some((each) => "finishReason" in each)) return;
        if (i < draft.length && ids.at(-1) !== draft[i]) break;
      }
      this.#numDrafted += draft.length;
      this.#numAccepted += ids.length - 1 - before;
      this.#rows.begin(0, ids); // forgets what was drafted and not chosen
    }
  }

  /** The likeliest next tokens for the smaller model; none where they could not be used. */
  async #propose(
    { ids, request, promptLength }: Writing,
    signal: AbortSignal | undefined,
  ): Promise<number[] | undefined> {
    const { contextLength } = this.#engine;
    const room = contextLength - (ids.length - windowStart(ids.length, contextLength));
    const wanted = request.maxNewTokens - (ids.length - promptLength) - 1;
    const count = Math.min(this.#draftLength, wanted, room);
    const text = [...ids];
    if (count > 0) this.#draftRows.begin(0, ids);
    for (let i = 0; i < count; i++) {
      const [logits] = await read(this.#draft, this.#draftRows, text, { signal });
      if (!logits) return undefined;
      text.push(greedy(logits));
    }
    return text.slice(ids.length);
  }

  /** Logits after the text and after each drafted token, one behind the other; none where the signal came first. */
  async #readAll(
    ids: readonly number[],
    draft: readonly number[],
    signal: AbortSignal | undefined,
  ): Promise<Float32Array | undefined> {
    const [engine, rows] = [this.#engine, this.#rows];
    // of a prompt, only its end is asked
    if (rows.unread(0, ids).length > 1) await read(engine, rows, ids, { signal, isLastLeft: true });
    if (signal?.aborted) return undefined;
    const everyPosition = draft.length > 0;
    const [logits] = await read(engine, rows, [...ids, ...draft], { signal, everyPosition });
    return logits;
  }
}

interface ReadOptions {
  readonly signal: AbortSignal | undefined;
  readonly everyPosition?: boolean;
  /** Whether the last id is to be read another time. */
  readonly isLastLeft?: boolean;
}

/** Lets the first row read the rest of `ids`; gives nothing where the signal came first. */
async function read(
  engine: Engine,
  rows: RowTexts,
  ids: readonly number[],
  { isLastLeft = false, ...options }: ReadOptions,
): Promise<readonly (Float32Array | undefined)[]> {
  const added = rows.unread(0, ids).slice(0, isLastLeft ? -1 : undefined);
  const others = Array.from({ length: engine.batchSize - 1 }, () => []);
  try {
    return await engine.append([added, ...others], options);
  } catch (error) {
    if (!options.signal?.aborted) throw error;
    return [];
  } finally {
    rows.record(0, added);
  }
}
