/** @file What `npm ci` needs from the lockfile: no site but the registry, no compiler, and packages for every system. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "./published-sources.ts";

interface Locked {
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
}

const read = (name: string) => JSON.parse(readFileSync(join(root, name), "utf8"));
const manifest = read("package.json");
const locked = Object.entries(read("package-lock.json").packages as Record<string, Locked>);

// onnxruntime-node's script downloads CUDA libraries from another site, and fails where that is out of reach; koffi's
// only checks a program that is there. npm runs no script that the lockfile does not announce.
test("no package asks to run a script (remove hasInstallScript: see CONTRIBUTING.md)", () => {
  expect(
    locked.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path),
  ).toEqual([]);
});

test("where no lockfile decides, npm 11 is told the same", () => {
  expect(manifest.allowScripts).toEqual({ "onnxruntime-node": false, koffi: false });
});

test("every package is a registry's tarball, none a folder or a repository", () => {
  const isTarball = (url: string) => /^https:\/\/[^/]+\/.+\/-\/[^/]+\.tgz$/.test(url);
  const elsewhere = locked.filter(([, { resolved }]) => resolved && !isTarball(resolved));
  expect(elsewhere.map(([path]) => path)).toEqual([]);
});

const suffixes = {
  "@koromix/koffi-": [
    "linux-x64",
    "linux-arm64",
    "darwin-x64",
    "darwin-arm64",
    "win32-x64",
    "win32-arm64",
  ],
  "@typescript/typescript-": [
    "linux-x64",
    "linux-arm64",
    "darwin-x64",
    "darwin-arm64",
    "win32-x64",
    "win32-arm64",
  ],
  "@rolldown/binding-": [
    ...["linux-x64-gnu", "linux-arm64-gnu", "linux-x64-musl", "linux-arm64-musl"],
    ...["darwin-x64", "darwin-arm64", "win32-x64-msvc", "win32-arm64-msvc"],
  ],
};

test.each(Object.entries(suffixes))("%s… is there for every system", (prefix, systems) => {
  const paths = locked.map(([path]) => path);
  const missing = systems.filter((system) => !paths.includes(`node_modules/${prefix}${system}`));
  expect(missing).toEqual([]);
});

test("dependencies have exact versions, and users get no development tools", () => {
  const { dependencies, optionalDependencies, devDependencies } = manifest;
  for (const version of Object.values({
    ...dependencies,
    ...optionalDependencies,
    ...devDependencies,
  })) {
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  }
  expect(Object.keys(dependencies)).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/^(@types\/|typescript$)/)]),
  );
});
