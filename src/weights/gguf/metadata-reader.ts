/** @file Asks a GGUF file's metadata for what a model needs, with errors that name the key. */
import { UserError } from "../../errors.ts";
import type { Metadata } from "./metadata.ts";

export class MetadataReader {
  readonly path: string;
  readonly #metadata: Metadata;

  constructor(metadata: Metadata, path: string) {
    this.path = path;
    this.#metadata = metadata;
  }

  /** `llama`, `qwen3`: what other keys begin with. */
  get architecture(): string {
    return this.text("general.architecture") ?? this.#missing("general.architecture", "text");
  }

  number(key: string): number {
    return this.optionalNumber(key) ?? this.#missing(key, "a number");
  }

  /** float32 values come back as the shortest decimal that means the same: 1e-6, not 0.9999999974752427e-6. */
  optionalNumber(key: string): number | undefined {
    const found = this.#metadata.get(key);
    if (!found || found.type === "string" || found.type === "array") return undefined;
    if (found.type !== "float32") return found.value;
    const short = Number(found.value.toPrecision(7));
    return Math.fround(short) === found.value ? short : found.value;
  }

  text(key: string): string | undefined {
    const found = this.#metadata.get(key);
    return found?.type === "string" ? found.value : undefined;
  }

  flag(key: string): boolean | undefined {
    const found = this.#metadata.get(key);
    return found?.type === "bool" ? found.value !== 0 : undefined;
  }

  texts(key: string): readonly string[] | undefined {
    const found = this.#metadata.get(key);
    return found?.type === "array" && found.of === "string" ? found.value : undefined;
  }

  numbers(key: string): ArrayLike<number> | undefined {
    const found = this.#metadata.get(key);
    return found?.type === "array" && found.of !== "string" ? found.value : undefined;
  }

  #missing(key: string, expected: string): never {
    const got = this.#metadata.has(key) ? "something else" : "none";
    throw new UserError(
      `${this.path}: expected ${expected} under "${key}", got ${got}. Convert the model again.`,
    );
  }
}
