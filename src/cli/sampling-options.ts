/** @file Options that say how tokens are chosen, for every command that writes. */
import { UserError } from "../errors.ts";
import type { SamplingOptions } from "../generation/index.ts";
import type { OptionValues } from "./option.ts";

export const samplingOptions = {
  temperature: { kind: "number", description: "0 always takes the likeliest token (0.8)" },
  topK: { kind: "whole", least: 1, description: "choose among the k likeliest (all)" },
  topP: {
    kind: "number",
    description: "choose among the likeliest that together have this probability (1)",
  },
  minP: {
    kind: "number",
    description: "leave out what is less likely than this share of the likeliest (0)",
  },
  repetitionPenalty: {
    kind: "number",
    description: "above 1, what the prompt or the text has becomes less likely (1)",
  },
  presencePenalty: {
    kind: "number",
    least: -Infinity,
    description: "taken from the logit of what the text has (0)",
  },
  frequencyPenalty: {
    kind: "number",
    least: -Infinity,
    description: "the same for each time that the text has it (0)",
  },
  logitBias: {
    kind: "text",
    hint: "id:number,…",
    description: "added to the logits of tokens, such as 11:-2.5,13:1",
  },
  seed: { kind: "whole", description: "the same seed, the same text (random)" },
} as const;

/** What the options of a command line mean. Throws a UserError that names the one that is wrong. */
export function samplingFrom(values: OptionValues<typeof samplingOptions>): SamplingOptions {
  const { logitBias, topP, minP } = values;
  requireShare("--top-p", topP);
  requireShare("--min-p", minP);
  if (values.repetitionPenalty === 0) {
    throw new UserError("--repetition-penalty: expected a number above 0, got 0.");
  }
  return {
    ...values,
    temperature: values.temperature ?? 0.8,
    logitBias: logitBias === undefined ? undefined : parseLogitBias(logitBias),
  };
}

/** The seed that was given, or any. */
export function seedFrom(values: { readonly seed?: number | undefined }): number {
  return values.seed ?? Math.floor(Math.random() * 2 ** 32);
}

/** Token ids such as `5,8,13`; `flag` is named in the UserError for anything else. */
export function parseIds(flag: string, text: string): number[] {
  return text.split(",").map((part) => {
    if (/^\s*\d{1,9}\s*$/.test(part)) return Number(part);
    throw new UserError(`${flag}: expected token ids such as 5,8,13, got ${JSON.stringify(text)}.`);
  });
}

function requireShare(flag: string, value: number | undefined): void {
  if (value === undefined || value <= 1) return;
  throw new UserError(`${flag}: expected a number from 0 to 1, got ${value}.`);
}

function parseLogitBias(text: string): Map<number, number> {
  const entries = text.split(",").map((part): [number, number] => {
    const [, id, bias] = /^\s*(\d+)\s*:\s*(-inf|[+-]?(?:\d+\.?\d*|\.\d+))\s*$/i.exec(part) ?? [];
    if (id !== undefined) return [Number(id), /inf/i.test(bias) ? -Infinity : Number(bias)];
    throw new UserError(
      `--logit-bias: expected id:number,… such as 11:-2.5 or 13:-inf, got ${JSON.stringify(text)}.`,
    );
  });
  return new Map(entries);
}
