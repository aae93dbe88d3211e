/** @file Public texts by name: where they are, and what they must be to the last byte. Nothing of them is in this package. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { downloadFiles, type DownloadOptions } from "./download-files.ts";
import { hubSettings, type HubSettings } from "./hub-settings.ts";
import { checksumOf } from "./remote-file.ts";

interface NamedData {
  readonly fileName: string;
  readonly url: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly description: string;
}

const bookFiles = "https://raw.githubusercontent.com/rasbt/LLMs-from-scratch/main";
const shakespeareCommit = "6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e";

export const namedData = {
  verdict: {
    fileName: "the-verdict.txt",
    url: `${bookFiles}/ch02/01_main-chapter-code/the-verdict.txt`,
    sizeBytes: 20_479,
    sha256: "b41e41a68f0398a3154ae69e2e4c0e2694e17fe0d66730536837f1b01935b31f",
    description: "Edith Wharton's story The Verdict (1908), the book's first text",
  },
  "tiny-shakespeare": {
    fileName: "tiny-shakespeare.txt",
    url: `https://raw.githubusercontent.com/karpathy/char-rnn/${shakespeareCommit}/data/tinyshakespeare/input.txt`,
    sizeBytes: 1_115_394,
    sha256: "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    description: "a megabyte of Shakespeare",
  },
  instructions: {
    fileName: "instruction-data.json",
    url: `${bookFiles}/ch07/01_main-chapter-code/instruction-data.json`,
    sizeBytes: 203_524,
    sha256: "7e09a9af353722ca15c18bc580f093f9c39d3178335a75177319cb1e1d163944",
    description: "1,100 instructions with answers, chapter 7 of the book",
  },
} as const satisfies Record<string, NamedData>;

export type DataName = keyof typeof namedData;

/** The path of a public text: in the folder that `SCRATCHLM_DATA` names, in the cache, or fetched now. */
export async function downloadData(
  name: DataName,
  { settings = hubSettings(), ...options }: DownloadOptions & { settings?: HubSettings } = {},
): Promise<string> {
  const { fileName, url, sizeBytes, sha256 } = namedData[name];
  const given = settings.dataFolder && join(settings.dataFolder, fileName);
  if (given && existsSync(given) && (await checksumOf(given, "sha256", sizeBytes)) === sha256) {
    return given;
  }
  const folder = join(settings.cacheFolder, "data");
  const checksum = { kind: "sha256", hex: sha256 } as const;
  await downloadFiles([{ path: fileName, url, sizeBytes, checksum }], folder, options);
  return join(folder, fileName);
}
