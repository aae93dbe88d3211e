/** An ONNX model on disk: `name.onnx`, and beside it `name.onnx.data` with the big initializers, as other tools read it. */
import { open, rename, rm } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { basename } from "node:path";
import { UserError } from "../../errors.ts";
import { encodeModel, externalInitializers } from "./model.ts";
import type { ExternalLocation, OnnxModel } from "./model.ts";

const alignmentBytes = 4096; // a page, so that a reader can map the file to memory
const pieceBytes = 64 * 1024 * 1024; // a write of 2 GiB or more is refused

/**
 * Writes a model to `path`, and its initializers from 64 KiB to `path` + `.data`. Files of these names are replaced only once
 * the new ones are complete.
 */
export async function writeModel(path: string, model: OnnxModel): Promise<void> {
  const dataPath = `${path}.data`;
  const locations = placeInFile(model, basename(dataPath));
  const parts: [path: string, pieces: Iterable<Placed>][] = [
    [path, [{ offset: 0, bytes: encodeModel(model, locations) }]],
  ];
  if (locations.size > 0) parts.unshift([dataPath, placedInitializers(model, locations)]);
  try {
    for (const [target, pieces] of parts) await writePieces(`${target}.tmp`, pieces);
    for (const [target] of parts) await rename(`${target}.tmp`, target);
  } catch (cause) {
    for (const [target] of parts) await rm(`${target}.tmp`, { force: true });
    if (!isFileError(cause)) throw cause;
    throw new UserError(
      `write model: expected to write "${path}", got "${cause.message}". Check the folder and the space left.`,
      { cause },
    );
  }
}

interface Placed {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

function placeInFile(model: OnnxModel, location: string): Map<string, ExternalLocation> {
  const places = new Map<string, ExternalLocation>();
  let end = 0;
  for (const [name, { data }] of externalInitializers(model)) {
    const offset = Math.ceil(end / alignmentBytes) * alignmentBytes;
    places.set(name, { location, offset, length: data.byteLength });
    end = offset + data.byteLength;
  }
  return places;
}

function* placedInitializers(
  model: OnnxModel,
  locations: ReadonlyMap<string, ExternalLocation>,
): Iterable<Placed> {
  for (const [name, { data }] of externalInitializers(model)) {
    const { offset } = locations.get(name) as ExternalLocation;
    yield { offset, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
  }
}

async function writePieces(path: string, pieces: Iterable<Placed>): Promise<void> {
  const file = await open(path, "w");
  try {
    for (const { offset, bytes } of pieces) await writeAt(file, offset, bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writeAt(file: FileHandle, offset: number, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.byteLength) {
    const length = Math.min(pieceBytes, bytes.byteLength - written);
    const result = await file.write(bytes, written, length, offset + written);
    written += result.bytesWritten;
  }
}

function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}
