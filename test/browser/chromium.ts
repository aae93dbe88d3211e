/** @file A page in Debian's Chromium, without a window: it is given files, and what it sends back is the answer. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";

const program = "/usr/bin/chromium";
const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
};

/** Why no page can be opened here; nothing where one can. */
export const noChromium = existsSync(program)
  ? undefined
  : `there is no ${program} (Debian's package chromium)`;

export interface Page {
  /** By path; `/index.html` is opened. */
  readonly files: Readonly<Record<string, string>>;
  /** What the page may do: a Content-Security-Policy. */
  readonly policy?: string;
}

/** Opens the page; the JSON that it posts to `/answer`. */
export async function answerOf({ files, policy }: Page): Promise<unknown> {
  const profile = mkdtempSync(join(tmpdir(), "scratchlm-chromium-"));
  let answered: (answer: string) => void;
  const answer = new Promise<string>((resolve) => (answered = resolve));

  function respond(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? "/";
    if (path === "/answer") {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => answered(Buffer.concat(parts).toString()));
      response.end();
      return;
    }
    response.setHeader("content-type", types[extname(path)] ?? "text/plain");
    if (policy) response.setHeader("content-security-policy", policy);
    response.writeHead(path in files ? 200 : 404).end(files[path]);
  }

  const server = createServer(respond).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const options = ["--headless", "--no-sandbox", "--disable-gpu", `--user-data-dir=${profile}`];
  const browser = spawn(program, [...options, `http://127.0.0.1:${port}/index.html`], {
    stdio: "ignore",
    detached: true, // a group of its own: its children end with it
  });
  const ended = new Promise((resolve) => browser.once("exit", resolve));
  try {
    const early = ended.then(() => Promise.reject(new Error(`${program} ended without an answer`)));
    return JSON.parse(await Promise.race([answer, early]));
  } finally {
    if (browser.pid !== undefined && browser.exitCode === null)
      process.kill(-browser.pid, "SIGKILL");
    await ended;
    server.closeAllConnections();
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
