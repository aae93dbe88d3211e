/**
 * @file One component of a `tokenizer.json`, read field by field. What nobody has read at the end is an option that nobody supports, and
 * an error: a tokenizer that ignored it would give other ids without a word.
 */
import { UserError } from "../../errors.ts";

/** The fields of one JSON object, each to be read once. */
export class Fields {
  /** What messages call the object, such as `tokenizer.json: pre_tokenizer`. */
  readonly where: string;
  readonly #values: Map<string, unknown>;

  constructor(json: unknown, where: string) {
    if (typeof json !== "object" || json === null || Array.isArray(json)) {
      throw new UserError(
        `${where}: expected an object, got ${describe(json)}. Get the published file again.`,
      );
    }
    this.where = where;
    this.#values = new Map(Object.entries(json));
  }

  /** Any value; `undefined` when there is none. */
  take(name: string): unknown {
    const value = this.#values.get(name);
    this.#values.delete(name);
    return value;
  }

  string(name: string, fallback?: string): string {
    const value = this.take(name) ?? fallback;
    return typeof value === "string" ? value : this.#fail(name, "a string", value);
  }

  boolean(name: string, fallback?: boolean): boolean {
    const value = this.take(name) ?? fallback;
    return typeof value === "boolean" ? value : this.#fail(name, "true or false", value);
  }

  /** A whole number from 0 on. */
  count(name: string, fallback?: number): number {
    const value = this.take(name) ?? fallback;
    const isCount = typeof value === "number" && Number.isInteger(value) && value >= 0;
    return isCount ? value : this.#fail(name, "a whole number from 0 on", value);
  }

  list(name: string): unknown[] {
    const value = this.take(name);
    return Array.isArray(value) ? value : this.#fail(name, "a list", value);
  }

  oneOf<T extends string>(name: string, choices: readonly T[], fallback?: T): T {
    const value = this.take(name) ?? fallback;
    const choice = choices.find((each) => each === value);
    return choice ?? this.#fail(name, `one of ${choices.join(", ")}`, value);
  }

  /** Says that the object is none that is known. */
  unsupported(what: string, supported: readonly string[]): never {
    throw new UserError(
      `${this.where}: expected ${supported.join(", ")}, got ${what}, which is not supported. ` +
        `Use a model with one of these.`,
    );
  }

  /** Throws if anything but null is left. */
  done(): void {
    for (const [name, value] of this.#values) {
      if (value === null) continue;
      throw new UserError(
        `${this.where}: expected no option ${JSON.stringify(name)}, got ${describe(value)}, which is not supported. ` +
          `Use a model without it.`,
      );
    }
  }

  #fail(name: string, expected: string, value: unknown): never {
    throw new UserError(
      `${this.where}: expected ${expected} as ${JSON.stringify(name)}, got ${describe(value)}. ` +
        `Get the published file again.`,
    );
  }
}

/** A reader for each type of component. */
export type Readers<T> = Readonly<Record<string, (fields: Fields) => T>>;

/** Reads a component by its `type`. */
export function readComponent<T>(json: unknown, where: string, readers: Readers<T>): T {
  const fields = new Fields(json, where);
  const type = fields.string("type");
  if (!Object.hasOwn(readers, type)) {
    fields.unsupported(JSON.stringify(type), Object.keys(readers));
  }
  const component = readers[type](fields);
  fields.done();
  return component;
}

function describe(value: unknown): string {
  const json = JSON.stringify(value) ?? String(value);
  return json.length > 60 ? `${json.slice(0, 60)}…` : json;
}
