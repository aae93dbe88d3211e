/** @file GPT-2's tokenizer, loaded once. */
import { loadEncoding } from "../../src/tokenizer/index.ts";

let loading: ReturnType<typeof loadEncoding> | undefined;

export const gpt2 = () => (loading ??= loadEncoding("gpt2"));

export const encode = async (text: string) => [...(await gpt2()).encode(text)];
