/** @file `scratchlm download`: published models and public texts by name. */
import { UserError } from "../errors.ts";
import { downloadData, downloadModel, namedData } from "../weights/index.ts";
import type { DataName, DownloadedModel, DownloadOptions } from "../weights/index.ts";
import { defineCommand } from "./command.ts";
import { DownloadLine } from "./download-line.ts";
import { listenForInterruption } from "./interruption.ts";
import type { OptionValues } from "./option.ts";
import type { Terminal } from "./terminal.ts";

const options = {
  revision: { kind: "text", hint: "name", description: "a branch, tag or commit (main)" },
  include: {
    kind: "text",
    hint: "patterns",
    description: "only files that match, separated by commas; * is any text",
  },
  out: { kind: "text", hint: "folder", description: "where to put a model (the cache)" },
  parallel: { kind: "whole", least: 1, description: "requests at a time (4)" },
  json: { kind: "flag", description: "print JSON when all is here" },
} as const;

type Values = OptionValues<typeof options>;

const texts = Object.entries(namedData).map(([name, { description }]) => `${name}: ${description}`);

export const downloadCommand = defineCommand({
  usage: "download <model or text>",
  description:
    "Fetches a model of Hugging Face's hub (gpt2, or organisation/name) or a public text, checks it, and keeps it in the cache " +
    `(SCRATCHLM_CACHE, ~/.cache/scratchlm). Ctrl-C keeps what has come. Texts: ${texts.join("; ")}. ` +
    "HF_TOKEN opens gated models, HF_ENDPOINT names a mirror, HTTPS_PROXY a proxy.",
  options,
  examples: [
    ["download gpt2", "GPT-2 with 124M parameters"],
    ["download Qwen/Qwen3-0.6B --revision main", "a model by organisation and name"],
    ["download ggml-org/models --include '*q8_0.gguf' --out models", "chosen files"],
    ["download tiny-shakespeare", "a text to train on"],
  ],
  async run({ values, positionals }, terminal) {
    const [name] = positionals;
    if (positionals.length !== 1) {
      throw new UserError(
        `download: expected one model or text, got ${positionals.length || "none"}. Try scratchlm download gpt2.`,
      );
    }
    const line = new DownloadLine(terminal);
    const interruption = listenForInterruption(terminal, () => line.end());
    const common: DownloadOptions = {
      parallel: values.parallel,
      signal: interruption.signal,
      onProgress: (progress) => line.show(progress),
    };
    try {
      const isText = Object.hasOwn(namedData, name);
      const report = isText
        ? await fetchText(name as DataName, common)
        : await fetchModel(name, values, common);
      line.end();
      conclude(report, values, terminal);
    } catch (error) {
      line.end();
      if (error !== interruption.signal.reason) throw error;
      terminal.stderr.write("Stopped. The same command goes on from here.\n");
    } finally {
      interruption.end();
    }
    return interruption.exitCode ?? 0;
  },
});

interface Report {
  readonly json: object;
  readonly lines: readonly string[];
}

async function fetchText(name: DataName, common: DownloadOptions): Promise<Report> {
  const path = await downloadData(name, common);
  return { json: { path }, lines: [path, `Next: scratchlm pretrain ${path}`] };
}

async function fetchModel(name: string, values: Values, common: DownloadOptions): Promise<Report> {
  const model = await downloadModel(name, {
    ...common,
    revision: values.revision,
    include: values.include?.split(",").filter((pattern) => pattern !== ""),
    folder: values.out,
  });
  return { json: model, lines: modelLines(name, model, values) };
}

function modelLines(name: string, model: DownloadedModel, { out, revision }: Values): string[] {
  const { commit, folder, files, wasCached } = model;
  const what = wasCached
    ? `${model.name} was here already`
    : `${model.name}, commit ${commit}, ${files.length} files, each with the right checksum`;
  const path = out ?? (revision === undefined ? name : folder);
  return [
    `${what}:`,
    folder,
    `Next: scratchlm generate --model ${path} --prompt "Every effort moves you"`,
  ];
}

function conclude({ json, lines }: Report, values: Values, { stdout }: Terminal): void {
  stdout.write(values.json ? `${JSON.stringify(json)}\n` : `${lines.join("\n")}\n`);
}
