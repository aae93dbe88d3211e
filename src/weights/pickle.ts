/**
 * @file Files of pickled Python objects: `.bin`, `.pt`, `.pth`. Reading one runs whatever its writer put into it, so none is read
 * here; it can be converted where it was made.
 */
import { basename, dirname } from "node:path";
import { UserError } from "../errors.ts";
import { RegularFile } from "./regular-file.ts";

/** Whether the file at `path` holds pickled objects: as they are, or in the zip archive that PyTorch makes. */
export async function isPickle(path: string): Promise<boolean> {
  const file = await RegularFile.open(path);
  try {
    const [first, second, third, fourth] = await file.prefix(4);
    const isZip = first === 0x50 && second === 0x4b && third === 3 && fourth === 4;
    const isProtocol = first === 0x80 && second >= 1 && second <= 5;
    return isZip || isProtocol;
  } finally {
    await file.close();
  }
}

/** The error that says how to convert the file. */
export function pickleError(path: string): UserError {
  const name = basename(path);
  const isTransformers = /^pytorch_model.*\.bin$/.test(name);
  const python = isTransformers
    ? `from transformers import AutoModelForCausalLM; AutoModelForCausalLM.from_pretrained("${dirname(path)}").save_pretrained("converted")`
    : `import torch, safetensors.torch; safetensors.torch.save_file(torch.load("${path}", weights_only=True), "model.safetensors")`;
  return new UserError(
    `${path}: expected weights that are plain numbers, got pickled Python objects, which run code when they are read. ` +
      `Convert them in Python: ${python}.`,
  );
}
