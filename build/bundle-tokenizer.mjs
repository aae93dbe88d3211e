/**
 * @file The last part of `npm run build`: the tokenizer's modules become a few files, as Node takes longer to find and link a hundred of them
 * than to unpack a vocabulary. Byte pairs have a file of their own, so that a browser's bundle that only encodes holds little else.
 */
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import { rolldown } from "rolldown";

const entrances = ["index.js", "parallel-worker.js"];
const groups = [{ name: "byte-pairs", test: /[/\\]tokenizer[/\\](bpe|openai)[/\\]/ }];

/** Puts bundles in the place of the modules that `tsc` wrote to the folder; types stay as they are. */
export async function bundleTokenizer(folder) {
  const room = join(folder, "tokenizer");
  const vocabularies = join(room, "openai", "vocabularies") + sep;

  /** Packages, what other rooms have too, and the vocabularies: they stay files of their own. */
  function isElsewhere(id, importer) {
    if (importer === undefined) return false;
    const path = id.startsWith(".") ? resolve(dirname(importer), id) : id;
    return !path.startsWith(room + sep) || path.startsWith(vocabularies);
  }

  const bundle = await rolldown({
    input: entrances.map((name) => join(room, name)),
    external: isElsewhere,
    platform: "neutral",
  });
  const { output } = await bundle.generate({
    chunkFileNames: "[name].js",
    codeSplitting: { groups },
  });
  await bundle.close();
  for (const name of readdirSync(room, { recursive: true })) {
    const path = join(room, name);
    if (path.endsWith(".js") && !path.startsWith(vocabularies)) rmSync(path);
  }
  for (const { fileName, code } of output) writeFileSync(join(room, fileName), code);
}
