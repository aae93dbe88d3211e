/** @file Which encoding an OpenAI model uses. */
import { UserError } from "../../errors.ts";
import type { OpenAiEncodingName } from "./encodings.ts";

type Models = Readonly<Partial<Record<OpenAiEncodingName, readonly string[]>>>;

const models: Models = {
  o200k_base: ["o1", "o3", "o4-mini", "gpt-5", "gpt-4.1", "gpt-4o"],
  cl100k_base: [
    ...["gpt-4", "gpt-3.5-turbo", "gpt-3.5", "gpt-35-turbo", "davinci-002", "babbage-002"],
    ...["text-embedding-ada-002", "text-embedding-3-small", "text-embedding-3-large"],
  ],
  p50k_base: [
    ...["text-davinci-003", "text-davinci-002", "code-davinci-002", "code-davinci-001"],
    ...["code-cushman-002", "code-cushman-001", "davinci-codex", "cushman-codex"],
  ],
  p50k_edit: ["text-davinci-edit-001", "code-davinci-edit-001"],
  r50k_base: [
    ...["text-davinci-001", "text-curie-001", "text-babbage-001", "text-ada-001"],
    ...["davinci", "curie", "babbage", "ada"],
    ...["davinci", "curie", "babbage", "ada"].map((size) => `text-similarity-${size}-001`),
    ...["davinci", "curie", "babbage", "ada"].map((size) => `text-search-${size}-doc-001`),
    ...["code-search-babbage-code-001", "code-search-ada-code-001"],
  ],
  gpt2: ["gpt2", "gpt-2"],
};

/** Beginnings of the names of dated and fine-tuned models. */
const prefixes: Models = {
  o200k_harmony: ["gpt-oss-"],
  o200k_base: [
    ...["o1-", "o3-", "o4-mini-", "gpt-5", "gpt-4.5-", "gpt-4.1-", "chatgpt-4o-", "gpt-4o-"],
    "ft:gpt-4o",
  ],
  cl100k_base: [
    ...["gpt-4-", "gpt-3.5-turbo-", "gpt-35-turbo-", "ft:gpt-4", "ft:gpt-3.5-turbo"],
    ...["ft:davinci-002", "ft:babbage-002"],
  ],
};

/** The name of the encoding that the OpenAI model of this name uses, such as `o200k_base` for `gpt-4o`. */
export function encodingNameForModel(model: string): OpenAiEncodingName {
  const name =
    encodingWith(models, (known) => model === known) ??
    encodingWith(prefixes, (prefix) => String(model).startsWith(prefix));
  if (name) return name;
  throw new UserError(
    `model: expected the name of an OpenAI model, got ${JSON.stringify(model)}. Name its encoding instead, such as o200k_base.`,
  );
}

function encodingWith(
  table: Models,
  fits: (model: string) => boolean,
): OpenAiEncodingName | undefined {
  for (const [name, known] of Object.entries(table)) {
    if (known.some(fits)) return name as OpenAiEncodingName;
  }
  return undefined;
}
