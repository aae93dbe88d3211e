/** @file The byte-pair model of a `tokenizer.json`: a vocabulary of spellings and a list of merges. */
import { UserError } from "../../errors.ts";
import { Fields } from "./fields.ts";
import { requireDenseId } from "./token-id.ts";

const where = "tokenizer.json: model";

export interface BytePairModel {
  /** The spelling of each id; there may be gaps. */
  readonly spellings: readonly (string | undefined)[];
  /** The id of each spelling. */
  readonly ids: ReadonlyMap<string, number>;
  readonly merges: MergeList;
  /** What stands for text that no token spells; without it such text is an error. */
  readonly unknownId: number | undefined;
  /** Whether several unknown characters in a row are one token. */
  readonly fusesUnknown: boolean;
  /** Whether unknown characters are spelled by tokens for their bytes, such as `<0x0A>`. */
  readonly fallsBackToBytes: boolean;
  /** Whether a piece that is a token is that token, even if no merges lead there. */
  readonly takesWholePieces: boolean;
}

/** In order of rank: the tokens `lefts[rank]` and `rights[rank]` become `merged[rank]`. */
export interface MergeList {
  readonly lefts: Int32Array;
  readonly rights: Int32Array;
  readonly merged: Int32Array;
}

/** The field `model`. */
export function readModel(json: unknown): BytePairModel {
  const fields = new Fields(json, where);
  const type = fields.take("type") ?? "BPE"; // the oldest files do not say it
  if (type !== "BPE") fields.unsupported(JSON.stringify(type), ['"BPE"']);
  const ids = readVocabulary(fields.take("vocab"));
  const merges = readMerges(fields.list("merges"), ids);
  const unknown = fields.take("unk_token") ?? undefined;
  const model = {
    spellings: spellingsOf(ids),
    ids,
    merges,
    unknownId: unknown === undefined ? undefined : idOf(ids, String(unknown), "unk_token"),
    fusesUnknown: fields.boolean("fuse_unk", false),
    fallsBackToBytes: fields.boolean("byte_fallback", false),
    takesWholePieces: fields.boolean("ignore_merges", false),
  };
  for (const name of ["continuing_subword_prefix", "end_of_word_suffix"]) {
    if (fields.string(name, "") !== "") fields.unsupported(`a ${name}`, [`no ${name}`]);
  }
  const dropout = fields.take("dropout") ?? 0;
  if (dropout !== 0) fields.unsupported(`a dropout of ${String(dropout)}`, ["no dropout"]);
  fields.done();
  return model;
}

function readVocabulary(json: unknown): Map<string, number> {
  if (typeof json !== "object" || json === null) {
    throw new UserError(`${where}: expected an object as "vocab". Get the published file again.`);
  }
  const ids = new Map<string, number>();
  const entries: [string, unknown][] = Object.entries(json);
  for (const [spelling, id] of entries) {
    if (typeof id !== "number" || !Number.isInteger(id) || id < 0) {
      throw new UserError(
        `${where}: expected a whole number from 0 on as the id of ${JSON.stringify(spelling)}, got ` +
          `${JSON.stringify(id)}. Get the published file again.`,
      );
    }
    ids.set(spelling, id);
  }
  return ids;
}

function spellingsOf(ids: ReadonlyMap<string, number>): (string | undefined)[] {
  let size = 0;
  for (const [spelling, id] of ids) {
    requireDenseId(id, spelling, ids.size);
    if (id >= size) size = id + 1;
  }
  const spellings = new Array<string | undefined>(size).fill(undefined);
  for (const [spelling, id] of ids) spellings[id] = spelling;
  return spellings;
}

function readMerges(list: readonly unknown[], ids: ReadonlyMap<string, number>): MergeList {
  const lefts = new Int32Array(list.length);
  const rights = new Int32Array(list.length);
  const merged = new Int32Array(list.length);
  list.forEach((item, rank) => {
    const [left, right] = pairOf(item, rank);
    const what = "a merge";
    lefts[rank] = idOf(ids, left, what);
    rights[rank] = idOf(ids, right, what);
    merged[rank] = idOf(ids, left + right, what);
  });
  return { lefts, rights, merged };
}

/** A merge is `"a b"` in older files, `["a", "b"]` in newer ones. */
function pairOf(item: unknown, rank: number): readonly [string, string] {
  if (typeof item === "string") {
    const space = item.indexOf(" ");
    if (space >= 0 && space === item.lastIndexOf(" ")) {
      return [item.slice(0, space), item.slice(space + 1)];
    }
  } else if (Array.isArray(item) && item.length === 2) {
    const [left, right]: unknown[] = item;
    if (typeof left === "string" && typeof right === "string") return [left, right];
  }
  throw new UserError(
    `${where}: expected two tokens as merge ${rank}, got ${JSON.stringify(item)}. Get the published file again.`,
  );
}

function idOf(ids: ReadonlyMap<string, number>, spelling: string, what: string): number {
  const id = ids.get(spelling);
  if (id !== undefined) return id;
  throw new UserError(
    `${where}: expected the tokens of ${what} in the vocabulary, got ${JSON.stringify(spelling)}, which is not. ` +
      `Get the published file again.`,
  );
}
