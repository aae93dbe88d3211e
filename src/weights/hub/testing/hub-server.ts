/** @file A hub on this machine, for tests: it serves files as Hugging Face's does, and misbehaves when told to. */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Seen {
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

/** Answers a request in another way; returns false to let the server answer as usual. */
export type Misbehaviour = (request: Seen, response: ServerResponse, body: Buffer) => boolean;

export interface HubServer {
  readonly url: string;
  readonly requests: readonly Seen[];
  misbehave: Misbehaviour;
  close(): Promise<void>;
}

export const commit = "0123456789abcdef0123456789abcdef01234567";

/** Serves `files` by path as the repository `org/model`; those over 1 kB as if kept by LFS. */
export async function startHub(files: Readonly<Record<string, Buffer>>): Promise<HubServer> {
  const requests: Seen[] = [];
  const server = createServer((request, response) => {
    const seen = seenIn(request);
    requests.push(seen);
    const body = bodyOf(files, seen.path);
    if (body === undefined) return void response.writeHead(404).end();
    if (!hub.misbehave(seen, response, body)) serve(seen, response, body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const hub = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    misbehave: (() => false) as Misbehaviour,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return hub;
}

function seenIn({ url = "", headers }: IncomingMessage): Seen {
  return { path: url, range: headers.range, authorization: headers.authorization };
}

function bodyOf(files: Readonly<Record<string, Buffer>>, url: string): Buffer | undefined {
  const { pathname } = new URL(url, "http://hub");
  if (pathname.startsWith("/api/models/org/model/revision/")) {
    return Buffer.from(JSON.stringify({ sha: commit, siblings: listing(files) }));
  }
  const start = `/org/model/resolve/${commit}/`;
  return pathname.startsWith(start)
    ? files[decodeURIComponent(pathname.slice(start.length))]
    : undefined;
}

function listing(files: Readonly<Record<string, Buffer>>): object[] {
  return Object.entries(files).map(([rfilename, bytes]) => {
    const git = createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const lfs = { sha256, size: bytes.length };
    return { rfilename, size: bytes.length, blobId: git, ...(bytes.length > 1000 && { lfs }) };
  });
}

/** An honest answer, with ranges. */
export function serve({ range }: Seen, response: ServerResponse, body: Buffer): void {
  const match = /^bytes=(\d+)-(\d*)$/.exec(range ?? "");
  if (!match) return void response.writeHead(200, { "content-length": body.length }).end(body);
  const start = Number(match[1]);
  const end = Math.min(body.length, match[2] === "" ? body.length : Number(match[2]) + 1);
  if (start >= body.length) {
    return void response.writeHead(416, { "content-range": `bytes */${body.length}` }).end();
  }
  response
    .writeHead(206, {
      "content-length": end - start,
      "content-range": `bytes ${start}-${end - 1}/${body.length}`,
    })
    .end(body.subarray(start, end));
}
