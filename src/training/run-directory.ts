/**
 * A run on disk: config.json (all options of the run), log.jsonl, checkpoints/, tokenizer files. Whoever trains holds it
 * locked as a `Run`; anyone may look at it meanwhile through a `RunView`.
 */

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { fileError, placeToWrite } from "../file-errors.ts";
import { isJsonObject, writeFileAtomically } from "../weights/index.ts";
import { pruneCheckpoints, recoverCheckpoints, removeCheckpoints } from "./checkpoint-removal.ts";
import {
  listCheckpoints,
  loadCheckpoint,
  saveCheckpoint,
  writeJson,
  type Checkpoint,
  type CheckpointChoice,
  type CheckpointContent,
  type CheckpointInfo,
} from "./checkpoints.ts";
import { exportModel } from "./export-model.ts";
import {
  isRun,
  refuseOtherContent,
  removeLitter,
  removeRun,
  tokenizerFileNames,
  type TokenizerFiles,
} from "./run-contents.ts";
import { acquireRunLock, type RunLock } from "./run-lock.ts";
import { openLog, readLog, type LogEntry, type RunLog } from "./run-log.ts";

/** All options of a run, as JSON. */
export type RunConfig = Readonly<Record<string, unknown>>;

export interface CreateRunOptions {
  readonly overwrite?: boolean;
  readonly tokenizerFiles?: TokenizerFiles;
  /** Writes what else the run cannot do without, before the folder counts as a run. */
  readonly prepare?: () => Promise<void>;
}

/**
 * Makes a new run at `path` and locks it; when anything fails, no run is left. Throws UserError when there is one already
 * and `overwrite` is not set, when another process uses it, and, whatever `overwrite` says, when the folder holds
 * something that is no run.
 */
export async function createRun(
  path: string,
  config: RunConfig,
  options: CreateRunOptions = {},
): Promise<Run> {
  await refuseOtherContent(path, options.overwrite ?? false);
  const made = await mkdir(path, { recursive: true }).catch(async (error) => {
    throw fileError(error, path, placeToWrite);
  });
  const lock = await acquireRunLock(path);
  try {
    await refuseOtherContent(path, options.overwrite ?? false); // again, now that nobody else can change it
    return new Run(path, config, { lock, log: await fillRun(path, config, options) });
  } catch (error) {
    lock.release();
    if (made !== undefined) await rmdir(path).catch(() => {}); // not empty, then it is somebody's
    throw fileError(error, path, placeToWrite);
  }
}

/** Puts the files of a new run where an older one may have been; only what a run consists of is touched. */
async function fillRun(
  path: string,
  config: RunConfig,
  { tokenizerFiles = {}, prepare }: CreateRunOptions,
): Promise<RunLog> {
  await removeLitter(path);
  await removeRun(path);
  let log: RunLog | undefined;
  try {
    await writeFileAtomically(join(path, "log.jsonl"), []);
    await mkdir(join(path, "checkpoints"));
    for (const [name, text] of Object.entries(tokenizerFiles)) {
      await writeFileAtomically(join(path, name), [Buffer.from(text)]);
    }
    await prepare?.();
    log = await openLog(join(path, "log.jsonl"));
    await writeJson(join(path, "config.json"), config); // the last, for it makes the folder a run
    return log;
  } catch (error) {
    log?.close();
    await removeRun(path);
    throw error;
  }
}

/**
 * Locks an existing run for writing and clears away what a killed process left there.
 * Throws UserError when there is none or another process uses it.
 */
export async function openRun(path: string): Promise<Run> {
  refuseMissing(path);
  const lock = await acquireRunLock(path);
  try {
    await removeLitter(path);
    await recoverCheckpoints(join(path, "checkpoints"));
    const config = await readConfig(path);
    return new Run(path, config, { lock, log: await openLog(join(path, "log.jsonl")) });
  } catch (error) {
    lock.release();
    throw fileError(error, path, placeToWrite);
  }
}

/** Looks at an existing run, also while it trains. Throws UserError when there is none. */
export async function viewRun(path: string): Promise<RunView> {
  refuseMissing(path);
  return new RunView(path, await readConfig(path));
}

/** A run to read from. */
export class RunView {
  readonly path: string;
  protected currentConfig: RunConfig;

  /** Use `viewRun`. */
  constructor(path: string, config: RunConfig) {
    this.path = path;
    this.currentConfig = config;
  }

  /** The options of the run. */
  get config(): RunConfig {
    return this.currentConfig;
  }

  /** SHA-256 of the options, whatever the order of their names; checkpoints carry it. */
  get configHash(): string {
    return createHash("sha256").update(canonicalJson(this.config)).digest("hex");
  }

  /** The whole lines of the log, oldest first. */
  readLog(): Promise<LogEntry[]> {
    return readLog(join(this.path, "log.jsonl"));
  }

  /** The checkpoints in order of steps, those with a damaged state included. */
  listCheckpoints(): Promise<CheckpointInfo[]> {
    return listCheckpoints(this.checkpointDirectory);
  }

  /** Verifies and opens a checkpoint; throws UserError when it is damaged, naming the last good one. */
  loadCheckpoint(choice: CheckpointChoice): Promise<Checkpoint> {
    return loadCheckpoint(this.checkpointDirectory, choice);
  }

  /** Copies the model of a checkpoint, in Hugging Face's layout, to `destination`, which must not exist yet. */
  async exportModel(destination: string, choice: CheckpointChoice): Promise<void> {
    const checkpoint = await this.loadCheckpoint(choice);
    try {
      await exportModel(checkpoint, destination);
    } finally {
      await checkpoint.close();
    }
  }

  protected get checkpointDirectory(): string {
    return join(this.path, "checkpoints");
  }
}

/** A run that this process holds locked and writes to; close it after use. */
export class Run extends RunView {
  readonly #lock: RunLock;
  readonly #log: RunLog;

  /** Use `createRun` or `openRun`. */
  constructor(path: string, config: RunConfig, held: { lock: RunLock; log: RunLog }) {
    super(path, config);
    this.#lock = held.lock;
    this.#log = held.log;
  }

  /** Appends a line to the log; it is written when this returns. Rejects with UserError when the disk is full. */
  appendLog(entry: LogEntry): Promise<void> {
    return this.#log.append(entry);
  }

  /** Replaces the options, for example to train for more steps. */
  async updateConfig(config: RunConfig): Promise<void> {
    await writeJson(join(this.path, "config.json"), config);
    this.currentConfig = config;
  }

  /**
   * Saves a checkpoint with the run's tokenizer, after bringing the log to disk; one call at a time.
   * Throws UserError when it cannot be stored; earlier checkpoints stay.
   */
  async saveCheckpoint(content: CheckpointContent): Promise<CheckpointInfo> {
    await this.#log.sync();
    const tokenizerFiles = tokenizerFileNames.map((name) => join(this.path, name));
    return saveCheckpoint(this.checkpointDirectory, content, {
      configHash: this.configHash,
      libraryVersion: await readLibraryVersion(),
      tokenizerFiles: tokenizerFiles.filter((path) => existsSync(path)),
    });
  }

  /** Removes all checkpoints but the last `keepLast` and the best one; returns the steps that were removed. */
  pruneCheckpoints(keepLast: number): Promise<number[]> {
    return pruneCheckpoints(this.checkpointDirectory, keepLast);
  }

  /** Forgets what came after `step`, log entries and checkpoints: for going on from a checkpoint. */
  async rewind(step: number): Promise<void> {
    const all = await this.listCheckpoints();
    await removeCheckpoints(all.filter((info) => info.step > step).reverse());
    await this.#log.rewind(step);
  }

  /** Lets others write to the run. */
  async close(): Promise<void> {
    this.#log.close();
    this.#lock.release();
  }
}

function refuseMissing(path: string): void {
  if (isRun(path)) return;
  throw new UserError(
    `${path}: expected a run (config.json and log.jsonl), got none there. Check the name.`,
  );
}

async function readConfig(path: string): Promise<RunConfig> {
  const file = join(path, "config.json");
  try {
    const config: unknown = JSON.parse(await readFile(file, "utf8"));
    if (isJsonObject(config)) return config as unknown as RunConfig;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw fileError(error, file);
  }
  throw new UserError(`${file}: expected a JSON object, got something else. Mend the file.`);
}

/** JSON with the names of every object in order, so that equal options give equal text. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** The version in the package's own package.json, two folders up both in src/ and in dist/. */
async function readLibraryVersion(): Promise<string> {
  const text = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
