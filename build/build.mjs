/** @file `npm run build`: the package's programs and types, into `dist` or the folder that is named. */
import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleTokenizer } from "./bundle-tokenizer.mjs";
import { packVocabularies } from "./pack-vocabularies.mjs";

const root = fileURLToPath(new URL("../", import.meta.url));
const folder = resolve(process.argv[2] ?? `${root}dist`);

const compiler = fileURLToPath(new URL("bin/tsc", import.meta.resolve("typescript/package.json")));
const options = ["-p", "tsconfig.build.json", "--outDir", folder];
execFileSync(process.execPath, [compiler, ...options], { cwd: root, stdio: "inherit" });
await packVocabularies(folder);
await bundleTokenizer(folder);
