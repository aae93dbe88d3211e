/** @file Post-processors of a `tokenizer.json`: which ids are put before and after those of a text, such as the one that begins every text. */
import { Fields, readComponent, type Readers } from "./fields.ts";

/** Ids around those of the text. */
export interface Surroundings {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

const none: Surroundings = { before: [], after: [] };

const readers: Readers<Surroundings> = {
  TemplateProcessing: readTemplate,
  ByteLevel: (fields) => {
    for (const name of ["add_prefix_space", "trim_offsets", "use_regex"]) fields.take(name); // offsets only
    return none;
  },
  BertProcessing: readBert,
  RobertaProcessing: (fields) => {
    for (const name of ["add_prefix_space", "trim_offsets"]) fields.take(name); // offsets only
    return readBert(fields);
  },
  Sequence: (fields) =>
    fields
      .list("processors")
      .map((json, i) => readComponent(json, `${fields.where}: processors[${i}]`, readers))
      .reduce(
        (inner, outer) => ({
          before: [...outer.before, ...inner.before],
          after: [...inner.after, ...outer.after],
        }),
        none,
      ),
};

function readTemplate(fields: Fields): Surroundings {
  fields.take("pair"); // this library encodes one text at a time
  const tokens = new Fields(fields.take("special_tokens"), `${fields.where}: special_tokens`);
  const ids = new Map<string, readonly number[]>();
  const before: number[] = [];
  const after: number[] = [];
  let side = before;
  for (const part of fields.list("single")) {
    const piece = new Fields(part, `${fields.where}: single`);
    if (piece.take("Sequence") !== undefined) {
      if (side === after) piece.unsupported("the text twice", ["the text once"]);
      side = after;
    } else {
      const name = new Fields(piece.take("SpecialToken"), `${fields.where}: SpecialToken`).string(
        "id",
      );
      if (!ids.has(name)) ids.set(name, readIds(tokens.take(name), `${fields.where}: ${name}`));
      side.push(...(ids.get(name) ?? []));
    }
    piece.done();
  }
  return { before, after };
}

function readIds(json: unknown, where: string): number[] {
  const token = new Fields(json, where);
  return token
    .list("ids")
    .map((id) => (typeof id === "number" ? id : token.unsupported(String(id), ["numbers"])));
}

function readBert(fields: Fields): Surroundings {
  const id = (name: string) => {
    const pair = fields.list(name);
    const value = pair[1];
    return typeof value === "number"
      ? value
      : fields.unsupported(JSON.stringify(pair), ["a token and its id"]);
  };
  return { before: [id("cls")], after: [id("sep")] };
}

/** The ids that a post-processor puts around a text; null is none. */
export function readPostProcessor(json: unknown): Surroundings {
  return json === null || json === undefined
    ? none
    : readComponent(json, "tokenizer.json: post_processor", readers);
}
