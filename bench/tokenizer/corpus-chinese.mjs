// Chinese: Debian's manual pages, its reference and LibreOffice's help, fetched by name with apt-get and unpacked in the
// cache, without installing. Markup is taken off.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { filesBelow, textOf } from "./corpus-files.mjs";

const packages = ["debian-reference-zh-cn", "libreoffice-help-zh-cn", "manpages-zh"];

export function chineseParts(cacheFolder) {
  const [reference, help, manual] = packages.map((name) => unpacked(name, cacheFolder));
  const referenceText = (name) => name === "debian-reference.zh-cn.txt.gz";
  return [
    [1, unzipped(filesBelow(reference, referenceText))],
    [4, pages(filesBelow(help, (name) => name.endsWith(".html")))],
    [5, manualPages(filesBelow(manual, (name) => name.endsWith(".gz")))],
  ];
}

/** The folder of a Debian package's files. */
function unpacked(name, cacheFolder) {
  const folder = join(cacheFolder, name);
  if (existsSync(folder)) return folder;
  const work = `${folder}.part`;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(join(work, "files"), { recursive: true });
  execFileSync("apt-get", ["download", name], { cwd: work, stdio: ["ignore", "ignore", "pipe"] });
  const archive = readdirSync(work).find((file) => file.endsWith(".deb"));
  execFileSync("dpkg", ["-x", join(work, archive), join(work, "files")]);
  renameSync(join(work, "files"), folder);
  rmSync(work, { recursive: true });
  return folder;
}

function* unzipped(paths) {
  for (const path of paths) {
    const text = textOf(gunzipSync(readFileSync(path)));
    if (text !== undefined) yield text;
  }
}

/** Manual pages without roff's requests and escapes. */
function* manualPages(paths) {
  for (const page of unzipped(paths)) {
    const lines = page.split("\n").filter((line) => !/^['.]/.test(line));
    yield lines
      .join("\n")
      .replaceAll(/\\f(\[\w*\]|\(..|.)/g, "")
      .replaceAll(/\\([-\\,/&|^])/g, "$1");
  }
}

const entities = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: "\u00a0" };

/** HTML pages as the lines of their bodies. */
function* pages(paths) {
  for (const path of paths) {
    const html = textOf(readFileSync(path));
    const body = html?.slice(html.indexOf('id="DisplayArea"'));
    if (!body) continue;
    const text = body
      .replaceAll(/<(script|style)[\s\S]*?<\/\1>/g, "")
      .replaceAll(/<[^>]*>/g, "")
      .replaceAll(/&(\w+);/g, (whole, name) => entities[name] ?? whole)
      .replaceAll(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
    yield `${text
      .slice(text.indexOf(">") + 1)
      .replaceAll(/\s*\n\s*/g, "\n")
      .trim()}\n`;
  }
}
