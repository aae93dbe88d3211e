/**
 * The checkpoints of a run: `step-000123/`, each a Hugging Face model directory (config.json, model.safetensors, tokenizer
 * files) plus optimizer.safetensors and state.json. A checkpoint is written under a temporary name, brought to disk,
 * and renamed: a folder of that name is whole, whatever instant the process died at.
 */

import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { UserError } from "../errors.ts";
import { fileError, placeToWrite } from "../file-errors.ts";
import {
  openSafetensors,
  syncDirectory,
  temporaryName,
  writeFileAtomically,
  writeSafetensors,
  type SafetensorsFile,
  type WritableTensor,
} from "../weights/index.ts";
import { findDamage, readState, type SavedState, type TrainingState } from "./checkpoint-state.ts";

/** What to save. The tensors must not change until saving is done. */
export interface CheckpointContent {
  /** Steps done. */
  readonly step: number;
  readonly tensors: {
    /** The weights under Hugging Face's names. */
    readonly model: Iterable<WritableTensor>;
    /** The optimizer's state under names of its own. */
    readonly optimizer: Iterable<WritableTensor>;
  };
  /** config.json of the model, in Hugging Face's words. */
  readonly modelConfig: Readonly<Record<string, unknown>>;
  readonly state: TrainingState;
}

/** What the run adds to every checkpoint. */
export interface CheckpointOrigin {
  readonly configHash: string;
  readonly libraryVersion: string;
  /** Paths of tokenizer files to copy into the checkpoint. */
  readonly tokenizerFiles: readonly string[];
}

/** A checkpoint as found on disk. */
export interface CheckpointInfo {
  readonly step: number;
  readonly path: string;
  /** Undefined when state.json is damaged. */
  readonly state: SavedState | undefined;
  /** What is wrong with state.json. */
  readonly damage: string | undefined;
}

/** A verified checkpoint with its tensor files open; close it after use. */
export interface Checkpoint {
  readonly step: number;
  readonly path: string;
  readonly state: SavedState;
  readonly model: SafetensorsFile;
  readonly optimizer: SafetensorsFile;
  close(): Promise<void>;
}

/** Ends the name under which a checkpoint waits while another of the same step takes its place. */
export const replacedSuffix = ".replaced";

/** A step, the last one, or the one with the lowest validation loss. */
export type CheckpointChoice = number | "latest" | "best";

/**
 * Saves a checkpoint into `directory`, replacing one of the same step. Throws UserError when it cannot be stored (a
 * full disk); earlier checkpoints stay and nothing is left behind then.
 */
export async function saveCheckpoint(
  directory: string,
  content: CheckpointContent,
  origin: CheckpointOrigin,
): Promise<CheckpointInfo> {
  const path = join(directory, nameOf(content.step));
  const temporary = join(directory, temporaryName(basename(path)));
  try {
    await mkdir(temporary);
    const state = await writeFiles(temporary, content, origin);
    await putInPlace(temporary, path);
    return { step: content.step, path, state, damage: undefined };
  } catch (error) {
    const reported = fileError(error, path, placeToWrite);
    await rm(temporary, { recursive: true, force: true });
    if (!(reported instanceof UserError)) throw reported;
    throw new UserError(reported.message.replaceAll(temporary, path), { cause: error });
  }
}

/** The checkpoints in `directory`, in order of steps; damaged ones too, as far as state.json shows it. */
export async function listCheckpoints(directory: string): Promise<CheckpointInfo[]> {
  const found: CheckpointInfo[] = [];
  for (const name of await readdir(directory)) {
    const step = stepOf(name);
    if (step === undefined) continue;
    const path = join(directory, name);
    const state = await readState(path, step);
    const isDamaged = "damage" in state;
    found.push({
      step,
      path,
      state: isDamaged ? undefined : state,
      damage: isDamaged ? state.damage : undefined,
    });
  }
  return found.sort((a, b) => a.step - b.step);
}

/**
 * Verifies a checkpoint (every byte of its tensors) and opens it. Throws UserError when there is none, or when it is
 * damaged: the message then names the last good one, which is never taken silently.
 */
export async function loadCheckpoint(
  directory: string,
  choice: CheckpointChoice,
): Promise<Checkpoint> {
  const all = await listCheckpoints(directory);
  const { step, path, state, damage } = choose(all, choice, directory);
  const reason = state === undefined ? damage : await findDamage(path, state);
  if (state === undefined || reason !== undefined) {
    throw new UserError(`${path}: ${reason}. ${await adviseOther(all, step)}`);
  }
  const model = await openSafetensors(join(path, "model.safetensors"));
  try {
    const optimizer = await openSafetensors(join(path, "optimizer.safetensors"));
    const close = async () => void (await Promise.all([model.close(), optimizer.close()]));
    return { step, path, state, model, optimizer, close };
  } catch (error) {
    await model.close();
    throw error;
  }
}

/** The one with the lowest validation loss, the latest of equals; undefined when none was evaluated. */
export function bestOf(checkpoints: readonly CheckpointInfo[]): CheckpointInfo | undefined {
  const lossOf = ({ state }: CheckpointInfo) => state?.validationLoss ?? Infinity;
  const best = checkpoints.toSorted((a, b) => lossOf(a) - lossOf(b) || b.step - a.step).at(0);
  return best !== undefined && lossOf(best) < Infinity ? best : undefined;
}

async function writeFiles(
  directory: string,
  { step, tensors, modelConfig, state }: CheckpointContent,
  { tokenizerFiles, configHash, libraryVersion }: CheckpointOrigin,
): Promise<SavedState> {
  const within = (name: string) => join(directory, name);
  const files = {
    "model.safetensors": await writeSafetensors(within("model.safetensors"), tensors.model, {
      format: "pt", // transformers refuses a file that does not say so
    }),
    "optimizer.safetensors": await writeSafetensors(
      within("optimizer.safetensors"),
      tensors.optimizer,
    ),
  };
  for (const path of tokenizerFiles) {
    const text = await readFile(path).catch(async (error) => {
      throw fileError(error, path);
    });
    await writeFileAtomically(within(basename(path)), [text]);
  }
  await writeJson(within("config.json"), modelConfig);
  const savedAt = new Date().toISOString();
  const saved = { ...state, step, configHash, libraryVersion, savedAt, files };
  await writeJson(within("state.json"), saved);
  return saved;
}

/** Writes `value` as indented JSON, whole or not at all. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFileAtomically(path, [Buffer.from(`${JSON.stringify(value, null, 2)}\n`)]);
}

async function putInPlace(temporary: string, path: string): Promise<void> {
  const replaced = path + replacedSuffix;
  const isReplacing = existsSync(path);
  if (isReplacing) await rename(path, replaced);
  try {
    await rename(temporary, path);
  } catch (error) {
    if (isReplacing) await rename(replaced, path);
    throw error;
  }
  await syncDirectory(dirname(path));
  if (isReplacing) await rm(replaced, { recursive: true });
}

function choose(
  all: readonly CheckpointInfo[],
  choice: CheckpointChoice,
  directory: string,
): CheckpointInfo {
  if (all.length === 0) {
    throw new UserError(
      `${directory}: expected a checkpoint, got none. Train until the first one is saved.`,
    );
  }
  if (choice === "latest") return all[all.length - 1];
  const chosen = choice === "best" ? bestOf(all) : all.find(({ step }) => step === choice);
  if (chosen !== undefined) return chosen;
  const wanted = choice === "best" ? "one with a validation loss" : `one of step ${choice}`;
  throw new UserError(
    `${directory}: expected ${wanted}, got steps ${all.map(({ step }) => step).join(", ")}. ` +
      `Choose one of these or "latest".`,
  );
}

async function adviseOther(all: readonly CheckpointInfo[], damagedStep: number): Promise<string> {
  for (const { step, path, state } of all.toReversed()) {
    if (step === damagedStep || state === undefined) continue;
    if ((await findDamage(path, state)) === undefined) {
      return (
        `The last good checkpoint is that of step ${step}, ${path}: use it instead ` +
        `(to go on with the run from there: --from-step ${step}).`
      );
    }
  }
  return "There is no other good checkpoint: start the run again.";
}

function nameOf(step: number): string {
  return `step-${String(step).padStart(6, "0")}`;
}

function stepOf(name: string): number | undefined {
  const digits = /^step-(\d{6,15})$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
