/** @file One text, as a stream of ids: the decoding loop at its simplest. */
import type { DecodeRequest } from "./decode-request.ts";
import type { Engine } from "./engine.ts";
import { Session } from "./session.ts";

export interface GenerateOptions extends Omit<DecodeRequest, "prompt" | "logProbs"> {
  readonly signal?: AbortSignal | undefined;
}

/** Yields the ids that follow `prompt`, each as soon as it is chosen, written in a row of the engine. */
export async function* generate(
  engine: Engine,
  prompt: ArrayLike<number>,
  { signal, ...request }: GenerateOptions,
): AsyncGenerator<number> {
  const session = new Session(engine);
  for await (const decoded of session.decode([{ ...request, prompt }], { signal })) {
    if ("id" in decoded) yield decoded.id;
  }
}
