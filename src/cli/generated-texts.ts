/** @file What `generate` wrote, as lines for a person and as JSON for a script. */
import type { FinishReason, LogProbs, TextRequest, WrittenPiece } from "../generation/index.ts";

/** What was asked; `prompt` is undefined where it was given as ids: then ids are what is printed. */
interface Asked {
  readonly model: string;
  readonly prompt: string | undefined;
}

interface Text {
  readonly ids: number[];
  readonly logProbs: LogProbs[];
  text: string;
  finishReason: FinishReason | undefined;
}

export class GeneratedTexts {
  readonly #requests: readonly TextRequest[];
  readonly #asked: Asked;
  readonly #texts: readonly Text[];
  /** Of several texts one is printed after the other: the one that is being printed. */
  #printing = 0;

  constructor(requests: readonly TextRequest[], asked: Asked) {
    this.#requests = requests;
    this.#asked = asked;
    this.#texts = requests.map(() => ({
      ...{ ids: [], logProbs: [], text: "", finishReason: undefined },
    }));
  }

  /** What stands before the first text. */
  begin(): string {
    return this.#headOf(0);
  }

  /** What may be printed now. */
  add({ request, text, token, finishReason }: WrittenPiece): string {
    const into = this.#texts[request];
    if (token?.logProbs) into.logProbs.push(token.logProbs);
    const shown = this.#asked.prompt === undefined ? this.#idShown(into, token?.id) : text;
    if (token) into.ids.push(token.id);
    into.text += this.#asked.prompt === undefined ? shown : text;
    into.finishReason = finishReason;
    if (request !== this.#printing) return "";
    return finishReason ? `${shown}\n${this.#next()}` : shown;
  }

  toJson(): object {
    const { model, prompt } = this.#asked;
    const several = this.#texts.length > 1;
    if (prompt === undefined) {
      const texts = this.#texts.map(({ ids, logProbs }) => ({ ids, ...this.#tell(logProbs) }));
      return several ? { samples: texts } : texts[0];
    }
    const texts = this.#texts.map(({ text, ids, finishReason, logProbs }, i) => {
      const { seed } = this.#requests[i];
      return {
        ...{ seed, text, numTokens: ids.length, ids, finishReason },
        ...this.#tell(logProbs),
      };
    });
    return several ? { model, prompt, samples: texts } : { model, prompt, ...texts[0] };
  }

  /** The texts after the one that ended, as far as they are there. */
  #next(): string {
    this.#printing++;
    if (this.#printing >= this.#texts.length) return "";
    const { text, finishReason } = this.#texts[this.#printing];
    const shown = this.#headOf(this.#printing) + text;
    return finishReason ? `${shown}\n${this.#next()}` : shown;
  }

  #headOf(index: number): string {
    const { prompt } = this.#asked;
    const { length } = this.#requests;
    const { seed } = this.#requests[index];
    const title = length > 1 ? `[${index + 1} of ${length}, seed ${seed}]\n` : "";
    return title + (prompt ?? "");
  }

  #idShown({ ids }: Text, id: number | undefined): string {
    if (id === undefined) return "";
    return ids.length === 0 ? String(id) : `,${id}`;
  }

  #tell(logProbs: readonly LogProbs[]): { readonly logProbs?: readonly LogProbs[] } {
    return this.#requests[0].logProbs === undefined ? {} : { logProbs };
  }
}
