/** @file A file that can be fetched, and how to know that it came whole. */
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";

export interface RemoteFile {
  /** Where it goes, relative to the folder of the download; parts are separated by `/`. */
  readonly path: string;
  readonly url: string;
  /** Undefined where nobody said. */
  readonly sizeBytes: number | undefined;
  readonly checksum: Checksum | undefined;
  readonly token?: string | undefined;
}

export interface Checksum {
  /** `git`: SHA-1 of a Git blob, which hubs give for files outside LFS. */
  readonly kind: "sha256" | "git";
  readonly hex: string;
}

/** The checksum of the file at `path` as `kind` counts it. */
export async function checksumOf(
  path: string,
  kind: Checksum["kind"],
  sizeBytes: number,
): Promise<string> {
  const hash = newHash(kind, sizeBytes);
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}

function newHash(kind: Checksum["kind"], sizeBytes: number): Hash {
  if (kind === "sha256") return createHash("sha256");
  return createHash("sha1").update(`blob ${sizeBytes}\0`);
}
