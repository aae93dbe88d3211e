/** @file Blocks to ids in their order, several at a time where there are threads. */
import { ParallelEncoder } from "../../tokenizer/index.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import { ordinaryText } from "../encode-corpus.ts";
import type { Block } from "./blocks.ts";
import { encodeBlock } from "./encode-block.ts";
import type { EncodedBlock } from "./encode-block.ts";

export interface BlockEncoder {
  /** How many blocks may be under way, so that no thread waits. */
  readonly depth: number;
  encode(block: Block): Promise<EncodedBlock>;
  close(): Promise<void>;
}

/** Encodes in `numThreads` threads, or in this one; puts `separator` behind each document. */
export function blockEncoder(
  tokenizer: Tokenizer,
  separator: readonly number[],
  numThreads: number,
): BlockEncoder {
  if (numThreads === 1) return localEncoder(tokenizer, separator);
  const threads = ParallelEncoder.start(tokenizer, { numThreads });
  const encodeTexts = (texts: readonly string[]) => threads.encodeBatch(texts, ordinaryText);
  return {
    depth: 4 * numThreads,
    encode: (block) => encodeBlock(block, encodeTexts, separator),
    close: () => threads.close(),
  };
}

function localEncoder(tokenizer: Tokenizer, separator: readonly number[]): BlockEncoder {
  const encodeTexts = async (texts: readonly string[]) => {
    await new Promise((resolve) => setImmediate(resolve)); // signals and timers get their turn
    return texts.map((text) => tokenizer.encode(text, ordinaryText));
  };
  return {
    depth: 1,
    encode: (block) => encodeBlock(block, encodeTexts, separator),
    async close() {},
  };
}

/** Ids of all blocks, in order. */
export async function* encodedInOrder(
  blocks: AsyncIterable<Block>,
  encoder: BlockEncoder,
): AsyncGenerator<{ readonly block: Block; readonly encoded: EncodedBlock }> {
  const underWay: { readonly block: Block; readonly answer: Promise<EncodedBlock> }[] = [];
  for await (const block of blocks) {
    const answer = encoder.encode(block);
    answer.catch(() => {}); // it is thrown when its turn comes
    underWay.push({ block, answer });
    if (underWay.length < encoder.depth) continue;
    const { block: first, answer: encoded } = underWay.shift()!;
    yield { block: first, encoded: await encoded };
  }
  for (const { block, answer } of underWay) yield { block, encoded: await answer };
}
