/**
 * `state.json` of a checkpoint: what training needs to go on, besides the tensors, and how to tell that no file of the
 * checkpoint has changed since it was written.
 */

import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { type FileSummary } from "../weights/index.ts";
import { isSystemError } from "../file-errors.ts";

/** What training hands over at a step, besides tensors. All of it must survive JSON. */
export interface TrainingState {
  readonly tokensSeen: number;
  /** Time spent training so far, all sittings together. */
  readonly elapsedMs: number;
  /** Nats per token at this step, null when it was not evaluated or is not finite; the lowest is "best". */
  readonly validationLoss: number | null;
  /** The lowest so far, null before the first evaluation. */
  readonly bestValidationLoss: number | null;
  /** State of each random generator, base64, by what it draws. */
  readonly randomStates: Readonly<Record<string, string>>;
  /** Where reading the data goes on; its meaning belongs to the data room. */
  readonly dataCursor: unknown;
}

/** A training state as it is stored. */
export interface SavedState extends TrainingState {
  readonly step: number;
  /** SHA-256 of the run's configuration when this was saved. */
  readonly configHash: string;
  readonly libraryVersion: string;
  /** ISO 8601. */
  readonly savedAt: string;
  /** Size and CRC-32 of the tensor files. */
  readonly files: Readonly<Record<string, FileSummary>>;
}

/** The tensor files of a checkpoint. */
export const tensorFileNames = ["model.safetensors", "optimizer.safetensors"] as const;

/** What keeps a checkpoint from being used, as `expected …, got …`. */
export interface Damage {
  readonly damage: string;
}

/** The state of the checkpoint of `step` in `directory`, or what is wrong with it. */
export async function readState(directory: string, step: number): Promise<SavedState | Damage> {
  let text: string;
  try {
    text = await readFile(join(directory, "state.json"), "utf8");
  } catch (error) {
    if (isSystemError(error))
      return { damage: `expected a readable state.json, got ${error.code}` };
    throw error;
  }
  try {
    const state = JSON.parse(text) as Partial<SavedState> | null;
    if (isWhole(state, step)) return state;
  } catch {
    // Told below: what does not parse is as damaged as what lacks a field.
  }
  return {
    damage: `expected a whole state.json for step ${step}, got ${text.length} characters that are none`,
  };
}

/** What differs between the tensor files in `directory` and what was written, or undefined. Reads them whole. */
export async function findDamage(
  directory: string,
  { files }: SavedState,
): Promise<string | undefined> {
  for (const name of tensorFileNames) {
    const expected = files[name];
    let found: FileSummary;
    try {
      found = await summarize(join(directory, name), expected.sizeBytes);
    } catch (error) {
      if (isSystemError(error)) return `expected a readable ${name}, got ${error.code}`;
      throw error;
    }
    if (found.sizeBytes !== expected.sizeBytes) {
      return `expected ${expected.sizeBytes} bytes in ${name}, got ${found.sizeBytes}`;
    }
    if (found.crc32 !== expected.crc32) {
      return `expected checksum ${expected.crc32} of ${name}, got ${found.crc32}`;
    }
  }
  return undefined;
}

function isWhole(state: Partial<SavedState> | null, step: number): state is SavedState {
  return (
    state?.step === step &&
    typeof state.tokensSeen === "number" &&
    typeof state.elapsedMs === "number" &&
    typeof state.configHash === "string" &&
    typeof state.randomStates === "object" &&
    isNumberOrNull(state.validationLoss) &&
    isNumberOrNull(state.bestValidationLoss) &&
    tensorFileNames.every((name) => typeof state.files?.[name]?.crc32 === "number")
  );
}

function isNumberOrNull(value: unknown): boolean {
  return value === null || typeof value === "number";
}

/** Size and CRC-32 of a file; the checksum is left 0 when the size already differs from `expectedBytes`. */
async function summarize(path: string, expectedBytes: number): Promise<FileSummary> {
  const file = await open(path, "r");
  try {
    const sizeBytes = (await file.stat()).size;
    if (sizeBytes !== expectedBytes) return { sizeBytes, crc32: 0 };
    const buffer = Buffer.alloc(Math.min(2 * 1024 * 1024, sizeBytes));
    let checksum = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length);
      if (bytesRead === 0) return { sizeBytes, crc32: checksum };
      checksum = crc32(buffer.subarray(0, bytesRead), checksum);
    }
  } finally {
    await file.close();
  }
}
