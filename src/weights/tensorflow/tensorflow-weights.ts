/** @file The variables of OpenAI's GPT-2 under Hugging Face's names. */
import { UserError } from "../../errors.ts";
import type { RegularFile } from "../regular-file.ts";
import { arrayFor, entryOf, type WeightEntry, type Weights } from "../weights.ts";
import type { BundleEntry } from "./bundle.ts";

interface MappedEntry extends WeightEntry {
  readonly offset: number;
}

const float32 = 1;

/** Variables are read from one data file, which `close` closes. */
export class TensorflowWeights implements Weights {
  readonly path: string;
  readonly entries: ReadonlyMap<string, MappedEntry>;
  readonly #data: RegularFile;

  constructor(data: RegularFile, variables: Iterable<BundleEntry>) {
    this.path = data.path;
    this.#data = data;
    const mapped = [...variables].flatMap((variable) => mappedEntry(variable, data));
    this.entries = new Map(mapped.map((entry) => [entry.name, entry]));
  }

  async readFloat32(name: string, target?: Float32Array): Promise<Float32Array> {
    const entry = entryOf(this, name);
    const values = arrayFor(this, entry, target);
    const bytes = await this.readBytes(name);
    values.set(new Float32Array(bytes.buffer, 0, values.length));
    return values;
  }

  async readBytes(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const { offset, sizeBytes } = entryOf(this, name);
    const bytes = new Uint8Array(sizeBytes);
    await this.#data.read(bytes, offset);
    return bytes;
  }

  async close(): Promise<void> {
    await this.#data.close();
  }
}

function mappedEntry(variable: BundleEntry, data: RegularFile): MappedEntry[] {
  const name = publishedName(variable.name);
  if (name === undefined) return [];
  const { dtype, offset, sizeBytes } = variable;
  // OpenAI's matrices are kernels of a convolution of width 1.
  const shape = variable.shape.length === 3 ? variable.shape.slice(1) : variable.shape;
  const length = variable.shape.reduce((total, each) => total * each, 1);
  const isRight =
    dtype === float32 && sizeBytes === 4 * length && offset + sizeBytes <= data.sizeBytes;
  if (isRight && (variable.shape.length !== 3 || variable.shape[0] === 1)) {
    return [{ name, dtype: "F32", shape, sizeBytes, offset }];
  }
  throw new UserError(
    `${data.path}: expected float32 numbers of shape (${variable.shape.join(", ")}) for "${variable.name}", ` +
      `got type ${dtype} in ${sizeBytes} bytes at ${offset} of ${data.sizeBytes}. The checkpoint is damaged: get it again.`,
  );
}

const parts: Readonly<Record<string, string>> = { g: "weight", b: "bias", w: "weight" };

/** `model/h0/attn/c_attn/w` is `transformer.h.0.attn.c_attn.weight`; optimizer state has no name here. */
function publishedName(name: string): string | undefined {
  if (name === "model/wte" || name === "model/wpe") return `transformer.${name.slice(6)}.weight`;
  const match = /^model\/(?:h(\d+)\/)?((?:attn|mlp)\/\w+|ln_\w+)\/([gbw])$/.exec(name);
  if (!match) return undefined;
  const [, layer, module, part] = match;
  const path = layer === undefined ? "" : `h.${layer}.`;
  return `transformer.${path}${module.replace("/", ".")}.${parts[part]}`;
}
