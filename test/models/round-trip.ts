/** @file The weights of one model, written under their published names and read into another. */
import { fromHuggingFace, toHuggingFace } from "../../src/models/index.ts";
import type { CausalLanguageModel } from "../../src/models/index.ts";

export async function roundTrip(from: CausalLanguageModel, to: CausalLanguageModel): Promise<void> {
  const files = new Map([...toHuggingFace(from)].map((one) => [one.name, one]));
  await fromHuggingFace(to, (name) => {
    const found = files.get(name);
    return found && { shape: found.shape, data: found.data.slice() };
  });
}
