/** @file A folder that is there as a whole or not at all. */
import { mkdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { syncDirectory, temporaryName } from "./atomic-file.ts";
import { fileError, placeToWrite } from "../file-errors.ts";

/**
 * Makes the folder `destination`, which must not exist yet, of what `fill` writes into a temporary one beside it. Throws a
 * UserError when it exists and when it cannot be written; nothing is left then.
 */
export async function createDirectory(
  destination: string,
  fill: (temporary: string) => Promise<void>,
): Promise<void> {
  const target = resolve(destination);
  const temporary = join(dirname(target), temporaryName(basename(target)));
  try {
    await mkdir(dirname(target), { recursive: true });
    await mkdir(temporary);
    await fill(temporary);
    await syncDirectory(temporary);
    await rename(temporary, target);
    await syncDirectory(dirname(target));
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw fileError(error, destination, placeToWrite);
  }
}
