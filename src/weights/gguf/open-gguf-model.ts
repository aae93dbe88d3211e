/** @file A GGUF file as a model in Hugging Face's terms. */
import type { PublishedModel } from "../published-model.ts";
import { architectureNamed } from "./architectures.ts";
import { openGguf, type GgufFile } from "./gguf-file.ts";
import { GgufWeights } from "./gguf-weights.ts";
import { MetadataReader } from "./metadata-reader.ts";
import { planTensors } from "./tensor-plan.ts";
import { missingTokenizerNote, tokenizerFiles } from "./tokenizer-files.ts";

/** Opens the GGUF file at `path`. Throws a UserError for one that is damaged or of a family that is not supported. */
export async function openGgufModel(path: string): Promise<PublishedModel> {
  const file = await openGguf(path);
  try {
    return await publishedModel(file);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function publishedModel(file: GgufFile): Promise<PublishedModel> {
  const metadata = new MetadataReader(file.metadata, file.path);
  const architecture = architectureNamed(metadata.architecture, file.path);
  const hasFactors = (file.entries.get("rope_freqs.weight")?.sizeBytes ?? Infinity) <= 4096;
  const ropeFactors = hasFactors ? await file.readFloat32("rope_freqs.weight") : undefined;
  const config = architecture.config(metadata, { entries: file.entries, ropeFactors });
  const names = new Set(file.entries.keys());
  const planned = planTensors(architecture, config, { side: "gguf", names });
  const weights = new GgufWeights(file, planned);
  let made: ReadonlyMap<string, string> | undefined;
  const files = () => (made ??= tokenizerFiles(metadata)); // a vocabulary takes its time, and not everybody wants it
  return {
    ...{ path: file.path, config, weights },
    get files() {
      return files();
    },
    get notes() {
      return files().has("tokenizer.json") ? [] : [missingTokenizerNote(metadata)];
    },
    close: () => file.close(),
  };
}
