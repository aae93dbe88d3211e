/**
 * @file `tokenizer_config.json`: what a tokenizer is used with, as far as this library asks, and the rest kept as it is. Its
 * `add_bos_token` and `add_eos_token` change nothing, as in transformers: beside a `tokenizer.json` its post-processor decides.
 */
import { UserError } from "../../errors.ts";
import { type AddedToken, readAddedToken } from "./added-tokens.ts";

const where = "tokenizer_config.json";

const specialTokenFields = [
  "bos_token",
  "eos_token",
  "unk_token",
  "sep_token",
  "pad_token",
  "cls_token",
  "mask_token",
] as const;

export interface TokenizerConfig {
  readonly bosToken: string | undefined;
  readonly eosToken: string | undefined;
  readonly padToken: string | undefined;
  readonly unkToken: string | undefined;
  /** The names of all of them that there are, as chat templates call them: `bos_token`, `eos_token` and so on. */
  readonly specialTokens: Readonly<Record<string, string>>;
  readonly addedTokens: readonly AddedToken[];
  /** The most tokens that the model takes; `undefined` for no limit. */
  readonly modelMaxLength: number | undefined;
  /** Chat templates by name; a single one is called `default`. */
  readonly chatTemplates: ReadonlyMap<string, string>;
  /** All of the file, to be saved again. */
  readonly json: object;
}

/** Reads the file's content; `chatTemplate` is that of a `chat_template.jinja` beside it, which goes before the one in the file. */
export function readTokenizerConfig(json: unknown, chatTemplate?: string): TokenizerConfig {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new UserError(
      `${where}: expected an object, got another value. Get the published file again.`,
    );
  }
  const values = new Map<string, unknown>(Object.entries(json));
  const maxLength = values.get("model_max_length");
  const templates = readTemplates(values.get("chat_template"));
  if (chatTemplate !== undefined) templates.set("default", chatTemplate);
  const tokens = readSpecialTokens(values);
  return {
    bosToken: tokens.get("bos_token"),
    eosToken: tokens.get("eos_token"),
    padToken: tokens.get("pad_token"),
    unkToken: tokens.get("unk_token"),
    specialTokens: Object.fromEntries(tokens),
    addedTokens: readAdded(values.get("added_tokens_decoder")),
    modelMaxLength:
      typeof maxLength === "number" && Number.isSafeInteger(maxLength) ? maxLength : undefined,
    chatTemplates: templates,
    json,
  };
}

function readSpecialTokens(values: ReadonlyMap<string, unknown>): Map<string, string> {
  const tokens = new Map<string, string>();
  for (const field of specialTokenFields) {
    const name = nameOf(values.get(field));
    if (name !== undefined) tokens.set(field, name);
  }
  return tokens;
}

/** A token is its name, or an object with that as its `content`. */
function nameOf(json: unknown): string | undefined {
  if (typeof json === "string") return json;
  const content: unknown =
    typeof json === "object" && json !== null && "content" in json ? json.content : undefined;
  return typeof content === "string" ? content : undefined;
}

function readAdded(json: unknown): AddedToken[] {
  if (typeof json !== "object" || json === null) return [];
  return Object.entries(json).map(([id, token]: [string, unknown]) => {
    const fields = typeof token === "object" && token !== null ? token : {};
    return readAddedToken({ ...fields, id: Number(id) }, `${where}: added_tokens_decoder[${id}]`);
  });
}

function readTemplates(json: unknown): Map<string, string> {
  if (json === undefined || json === null) return new Map();
  if (typeof json === "string") return new Map([["default", json]]);
  if (Array.isArray(json)) return new Map(json.map(readNamedTemplate));
  return failTemplate();
}

function readNamedTemplate(json: unknown): [string, string] {
  if (typeof json !== "object" || json === null) return failTemplate();
  if (!("name" in json) || !("template" in json)) return failTemplate();
  const { name, template } = json;
  if (typeof name !== "string" || typeof template !== "string") return failTemplate();
  return [name, template];
}

function failTemplate(): never {
  throw new UserError(
    `${where}: expected chat_template to be a text, or a list of objects with a name and a template, got another value. ` +
      `Get the published file again.`,
  );
}
