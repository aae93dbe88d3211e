/** @file The tensors of a GGUF file under Hugging Face's names, with Hugging Face's numbers. */
import { UserError } from "../../errors.ts";
import type { Blocks } from "../../graph/index.ts";
import { entryOf, type WeightEntry, type Weights } from "../weights.ts";
import type { GgufFile } from "./gguf-file.ts";
import { changedShape, undoChange, undoRowOrder } from "./tensor-change.ts";
import type { PlannedTensor } from "./tensor-plan.ts";

interface MappedEntry extends WeightEntry {
  readonly plan: PlannedTensor;
  /** Which of the stacked tensors. */
  readonly index: number;
}

export class GgufWeights implements Weights {
  readonly path: string;
  readonly entries: ReadonlyMap<string, MappedEntry>;
  readonly #file: GgufFile;

  constructor(file: GgufFile, planned: readonly PlannedTensor[]) {
    this.path = file.path;
    this.#file = file;
    const entries = planned.flatMap((plan) => mappedEntries(file, plan));
    this.entries = new Map(entries.map((entry) => [entry.name, entry]));
  }

  async readFloat32(name: string, target?: Float32Array): Promise<Float32Array> {
    const { plan, index, shape } = entryOf(this, name);
    const isStack = plan.published.length > 1;
    if (!plan.change && !isStack) return this.#file.readFloat32(plan.gguf, target);
    const stored = isStack
      ? await this.#file.readStacked(plan.gguf, index)
      : await this.#file.readFloat32(plan.gguf);
    const values = undoChange(plan.change, {
      shape: changedShape(plan.change, shape),
      values: stored,
    });
    if (!target) return values;
    target.set(values);
    return target;
  }

  /** The file has every matrix (out, in), in blocks along `in`, whichever way Hugging Face publishes it. */
  async readBlocks(
    name: string,
    { isTransposed, mostBits }: { readonly isTransposed: boolean; readonly mostBits: number },
  ): Promise<Blocks | undefined> {
    const { plan, shape } = entryOf(this, name);
    const { change, published, gguf } = plan;
    const isAlong = isTransposed === (change?.kind === "transpose");
    if (shape.length !== 2 || published.length > 1 || !isAlong) return undefined;
    const blocks = await this.#file.readBlocks(gguf, { mostBits });
    if (change?.kind !== "pairs" || !blocks) return blocks;
    const [rows] = shape;
    return {
      bits: blocks.bits,
      quants: undoRowOrder(change, rows, blocks.quants),
      scales: undoRowOrder(change, rows, blocks.scales),
    };
  }

  /** Only of tensors that are stored as Hugging Face publishes them: the others' bytes say something else. */
  async readBytes(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const { plan } = entryOf(this, name);
    if (!plan.change && plan.published.length === 1) return this.#file.readBytes(plan.gguf);
    const values = await this.readFloat32(name);
    return new Uint8Array(values.slice().buffer);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

function mappedEntries(file: GgufFile, plan: PlannedTensor): MappedEntry[] {
  const stored = entryOf(file, plan.gguf);
  const count = plan.published.length;
  if (count > 1 && stored.shape[0] !== count) {
    throw new UserError(
      `${file.path}: expected ${count} experts in "${plan.gguf}", got ${stored.shape[0]}. Convert the model again.`,
    );
  }
  const own = count > 1 ? stored.shape.slice(1) : stored.shape;
  const shape = changedShape(plan.change, own);
  const isAsStored = !plan.change && count === 1;
  const length = shape.reduce((total, each) => total * each, 1);
  return plan.published.map((name, index) => ({
    name,
    dtype: isAsStored ? stored.dtype : "F32",
    shape,
    sizeBytes: isAsStored ? stored.sizeBytes : 4 * length,
    plan,
    index,
  }));
}
