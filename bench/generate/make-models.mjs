// Makes the files that every contender reads: one model of random weights per shape, as a Hugging Face folder, and as GGUF
// and ONNX in each precision, by scratchlm's own writers. node bench/generate/make-models.mjs [shape …]

import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Gpt2, Llama, toHuggingFace, toHuggingFaceConfig } from "../../dist/models/index.js";
import { initialize } from "../../dist/nn/index.js";
import { Generator } from "../../dist/random/index.js";
import {
  openHuggingFaceModel,
  writeGgufModel,
  writeOnnxModel,
  writeSafetensors,
} from "../../dist/weights/index.js";

const shapes = JSON.parse(await readFile(new URL("shapes.json", import.meta.url), "utf8"));
const folder = fileURLToPath(new URL("models/", import.meta.url));
const classes = { gpt2: Gpt2, llama: Llama };
const ggmlTypes = { f32: "F32", q8: "Q8_0", q4: "Q4_0" };

const wanted = process.argv.slice(2);
for (const shape of wanted.length > 0 ? wanted : Object.keys(shapes)) await make(shape);

async function make(shape) {
  const { config, precisions } = shapes[shape];
  const directory = join(folder, shape);
  await mkdir(directory, { recursive: true });
  if (!existsSync(join(directory, "model.safetensors"))) {
    const model = new classes[shape](config);
    initialize(model, new Generator(123), { scheme: "gpt2" });
    await writeFile(join(directory, "config.json"), JSON.stringify(toHuggingFaceConfig(model)));
    await writeFile(join(directory, "tokenizer.json"), JSON.stringify(tokenizerOf(config)));
    const tensors = [...toHuggingFace(model)].map((one) => ({ ...one, dtype: "F32" }));
    await writeSafetensors(join(directory, "model.safetensors"), tensors);
  }
  for (const precision of precisions) {
    const dtype = ggmlTypes[precision];
    const gguf = join(folder, `${shape}-${precision}.gguf`);
    const onnx = join(folder, `${shape}-${precision}-onnx`);
    const published = await openHuggingFaceModel(directory);
    if (!existsSync(gguf)) await writeGgufModel(gguf, published, { dtype });
    if (!existsSync(onnx)) await writeOnnxModel(onnx, published, { dtype });
    await published.close();
    console.log(`${gguf}\n${onnx}`);
  }
}

/** A vocabulary that means nothing: llama.cpp loads no model without one. */
function tokenizerOf({ vocabSize }) {
  const vocab = Object.fromEntries(Array.from({ length: vocabSize }, (_, id) => [`<${id}>`, id]));
  const byteLevel = {
    type: "ByteLevel",
    add_prefix_space: false,
    trim_offsets: true,
    use_regex: true,
  };
  return {
    version: "1.0",
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: { type: "BPE", vocab, merges: [] },
  };
}
