/** @file A tokenizer whose tokens are the 256 bytes, for models that come without one. */

/** Content of `tokenizer.json`: GPT-2's alphabet of printable characters for bytes, no merges. */
export function byteTokenizerJson(): string {
  return JSON.stringify({
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: {
      ...{ type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
    },
    post_processor: null,
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      ...{ type: "BPE", dropout: null, unk_token: null, fuse_unk: false, byte_fallback: false },
      vocab: Object.fromEntries(alphabet().map((character, id) => [character, id])),
      merges: [],
    },
  });
}

/** Printable bytes stand for themselves, the others for characters from 256 on. */
function alphabet(): string[] {
  const isPrintable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte !== 0xad);
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCharCode(isPrintable(byte) ? byte : next++),
  );
}
