/**
 * @file The byte-pair encoder's innermost part in AssemblyScript, TypeScript that compiles to WebAssembly: it is fast from the first word on, where
 * JavaScript waits for its compiler. `src/tokenizer/bpe` says the same in JavaScript, for all vocabularies and for places without WebAssembly, and
 * explains it: each function here has its model's name. `node build/word-kernel/compile.mjs` compiles it.
 */

/** What the caller supplies. */
declare function encodeLong(start: usize, end: usize, ids: usize): i32;
declare function fillCrossed(): void;

// Memory. Tables of fixed size are here, the vocabulary, text and ids behind them where the caller likes.
export const classes: usize = 1024; // a byte for each code point
export const byteIds: usize = classes + 0x110000;
const joined: usize = byteIds + 1024; // by code point below 0x10000: id + 1, or -1
export const crossed: usize = joined + 0x40000; // a byte for each two bytes
const ranks: usize = crossed + 0x10000; // of the piece that is merged
const recent: usize = ranks + 1024; // 16 bytes for each pair: left, right, rank, in use
const words: usize = recent + (16 << 17); // 32 bytes for each word: 16 of its own, three tokens, 4 * size + how many there are
export const free: usize = words + (32 << 17);

let isGpt2 = false;
let isO200k = false;
let bytes: usize = 0;
let starts: usize = 0;
let hashes: usize = 0;
let powers: usize = 0;
let slots: usize = 0;
let slotMask: u32 = 0;
let shift: u32 = 0;
let idBits: i32 = 0;
let maxLength: i32 = 0;
let patience = 1000; // characters beyond ASCII until `crossed` is filled: fewer are not worth the milliseconds

/** Where the vocabulary's arrays are, and the numbers of its index: `TokenBytes` explains them. */
export function setVocabulary(
  bytesAt: usize,
  startsAt: usize,
  hashesAt: usize,
  powersAt: usize,
  slotsAt: usize,
  bitsOfId: i32,
  longest: i32,
): void {
  bytes = bytesAt;
  starts = startsAt;
  hashes = hashesAt;
  powers = powersAt;
  slots = slotsAt;
  idBits = bitsOfId;
  shift = 31 - bitsOfId;
  slotMask = (1 << (bitsOfId + 1)) - 1;
  maxLength = longest;
}

/** Cuts text as `gpt2Scanner` or `o200kScanner` does, else as GPT-4's `cl100kScanner`. */
export function setScanner(cutsAsGpt2: bool, cutsAsO200k: bool): void {
  isGpt2 = cutsAsGpt2;
  isO200k = cutsAsO200k;
}

/** Writes the ids of the text from `at` to `end` to `ids`, and returns where they end; stops soon after `last`. 16 bytes after either must be there. */
export function encode(at: usize, end: usize, ids: usize, last: usize): usize {
  const places = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  while (at < end && ids <= last) {
    const text = v128.load(at);
    let next = plainWordEnd(text, at, end);
    if (next == at) {
      next = isO200k
        ? o200kPieceEnd(at, end)
        : isGpt2
          ? gpt2PieceEnd(at, end)
          : cl100kPieceEnd(at, end);
    }
    const size = <i32>(next - at);
    if (size > 16) {
      ids += encodePiece(at, next, ids) << 2;
      at = next;
      continue;
    }
    const word = v128.and(text, i8x16.lt_u(places, i8x16.splat(<u8>size)));
    let slot = words + (hashWord(word, size) << 5);
    if (!isWord(slot, word, size)) {
      const other = words + ((slot - words) ^ 32);
      if (!isWord(other, word, size)) {
        const count = encodePiece(at, next, ids);
        if (count <= 3) {
          v128.store(other, v128.load(slot));
          v128.store(other, v128.load(slot, 16), 16);
          v128.store(slot, word);
          v128.store(slot, v128.load(ids), 16);
          store<i32>(slot, (size << 2) | count, 28);
        }
        ids += count << 2;
        at = next;
        continue;
      }
      slot = other;
    }
    v128.store(ids, v128.load(slot, 16)); // more than there are, rather than a branch
    ids += (load<i32>(slot, 28) & 3) << 2;
    at = next;
  }
  return ids;
}

function hashWord(word: v128, size: i32): usize {
  let hash = i64x2.extract_lane(word, 0) * 0x9e3779b97f4a7c15;
  hash ^= i64x2.extract_lane(word, 1) * 0xc2b2ae3d27d4eb4f;
  return <usize>((<u64>((hash ^ (hash >>> 32) ^ size) * 0x9e3779b97f4a7c15)) >> 47);
}

function isWord(slot: usize, word: v128, size: i32): bool {
  return load<i32>(slot, 28) >> 2 == size && !v128.any_true(v128.xor(word, v128.load(slot)));
}

// Classes of characters, as in character-class.ts.
const UPPER: i32 = 1;
const LOWER: i32 = 2;
const CASELESS: i32 = 4;
const MARK: i32 = 8;
const NUMBER: i32 = 16;
const BREAK: i32 = 64;
const LETTER: i32 = 7;
const SPACE: i32 = 96;
const SYMBOL: i32 = 136;

function classOf(character: i32): i32 {
  return load<u8>(classes + (character >>> 3));
}

/** `codePointAt`; small enough for the compiler to put it where it is called. */
function characterAt(at: usize): i32 {
  const first = <i32>load<u8>(at);
  return first < 0x80 ? (first << 3) | 1 : longCharacterAt(at, first);
}

function longCharacterAt(at: usize, first: i32): i32 {
  const second = (<i32>load<u8>(at, 1)) & 0x3f;
  if (first < 0xe0) return (((first & 0x1f) << 6) | second) * 8 + 2;
  const low = (second << 6) | ((<i32>load<u8>(at, 2)) & 0x3f);
  if (first < 0xf0) return (((first & 0x0f) << 12) | low) * 8 + 3;
  return (((first & 0x07) << 18) | (low << 6) | ((<i32>load<u8>(at, 3)) & 0x3f)) * 8 + 4;
}

function skip(at: usize, end: usize, mask: i32): usize {
  while (at < end) {
    const character = characterAt(at);
    if (!(classOf(character) & mask)) break;
    at += character & 7;
  }
  return at;
}

/** One bit for each of the 16 bytes: is it one of `count` from `first` on? */
function within(text: v128, first: u8, count: u8): i32 {
  return i8x16.bitmask(i8x16.lt_u(i8x16.sub(text, i8x16.splat(first)), i8x16.splat(count)));
}

/** The end of a word of ASCII letters, after at most one other character, that anything but a contraction follows; else `at`. */
function plainWordEnd(text: v128, at: usize, end: usize): usize {
  const first = load<u8>(at);
  if (first >= 0x80 || (first == apostrophe && !isO200k)) return at;
  const isPrefix = <i32>((classOf((<i32>first) << 3) & (LETTER | NUMBER | BREAK)) == 0);
  const upper = within(text, 0x41, 26);
  const lower = within(text, 0x61, 26);
  let size: i32;
  if (isO200k) {
    size = isPrefix + ctz(~(upper >> isPrefix)); // no 16 bits are set from bit 16 on, where ctz ends
    size += ctz(~(lower >> size));
  } else size = isPrefix + ctz(~((upper | lower) >> isPrefix));
  if (size == isPrefix || size >= 16 || at + size >= end) return at;
  const after = load<u8>(at + size);
  return after < 0x80 && !(isO200k && after == apostrophe) ? at + size : at;
}

const space: u8 = 0x20;
const apostrophe: u8 = 0x27;

/** In any case, but in small letters only for GPT-2. */
function contractionEnd(start: usize, end: usize): usize {
  if (load<u8>(start) != apostrophe || start + 1 >= end) return start;
  const caseBits: u32 = isGpt2 ? 0 : 0x2020;
  const first = load<u8>(start, 1) | (caseBits & 0xff);
  if (first == 0x73 || first == 0x74 || first == 0x6d || first == 0x64) return start + 2; // s, t, m, d
  if (start + 2 >= end) return start;
  if (load<u16>(start, 1) == 0xbfc5 && !isGpt2) return start + 3; // ſ
  const pair = load<u16>(start, 1) | caseBits;
  return pair == 0x6572 || pair == 0x6576 || pair == 0x6c6c ? start + 3 : start; // re, ve, ll
}

function spaceEnd(start: usize, end: usize): usize {
  let at = start;
  let last = start;
  let afterBreak = start;
  while (at < end) {
    const character = characterAt(at);
    const kind = classOf(character);
    if (!(kind & SPACE)) break;
    last = at;
    at += character & 7;
    if (kind & BREAK) afterBreak = at;
  }
  if (at == end && !isO200k) return end;
  if (afterBreak > start && !isGpt2) return afterBreak;
  return at == end || last == start ? at : last;
}

function digitsEnd(at: usize, end: usize): usize {
  for (let length = 1; length < 3 && at < end; length++) {
    const character = characterAt(at);
    if (!(classOf(character) & NUMBER)) break;
    at += character & 7;
  }
  return at;
}

function symbolsEnd(start: usize, end: usize): usize {
  let at = skip(start, end, SYMBOL);
  while (at < end) {
    const byte = load<u8>(at);
    if (byte != 0x0a && byte != 0x0d && !(isO200k && byte == 0x2f)) break;
    at++;
  }
  return at;
}

function gpt2PieceEnd(start: usize, end: usize): usize {
  const contraction = contractionEnd(start, end);
  if (contraction > start) return contraction;
  const at = load<u8>(start) == space && start + 1 < end ? start + 1 : start;
  const kind = classOf(characterAt(at));
  if (kind & SPACE) return spaceEnd(start, end);
  return skip(at, end, kind & LETTER ? LETTER : kind & NUMBER ? NUMBER : SYMBOL);
}

function cl100kPieceEnd(start: usize, end: usize): usize {
  const contraction = contractionEnd(start, end);
  if (contraction > start) return contraction;
  const character = characterAt(start);
  const kind = classOf(character);
  const next = start + (character & 7);
  if (kind & LETTER) return skip(next, end, LETTER);
  if (kind & NUMBER) return digitsEnd(next, end);
  if (!(kind & BREAK) && next < end) {
    const second = classOf(characterAt(next));
    if (second & LETTER) return skip(next, end, LETTER);
    if (load<u8>(start) == space && second & SYMBOL) return symbolsEnd(next, end);
  }
  return kind & SPACE ? spaceEnd(start, end) : symbolsEnd(start, end);
}

function o200kPieceEnd(start: usize, end: usize): usize {
  const character = characterAt(start);
  const kind = classOf(character);
  const next = start + (character & 7);
  if (kind & LETTER) return wordEnd(start, end);
  if (kind & NUMBER) return digitsEnd(next, end);
  if (!(kind & BREAK) && next < end) {
    const second = classOf(characterAt(next));
    if (second & (LETTER | MARK)) {
      const isMark = kind & MARK && skip(next, end, UPPER) == lettersEnd(next, end);
      return isMark ? next : wordEnd(next, end);
    }
    if (load<u8>(start) == space && second & SYMBOL) return symbolsEnd(next, end);
  }
  if (kind & MARK) return contractionEnd(next, end);
  return kind & SPACE ? spaceEnd(start, end) : symbolsEnd(start, end);
}

function wordEnd(start: usize, end: usize): usize {
  return contractionEnd(lettersEnd(start, end), end);
}

function lettersEnd(start: usize, end: usize): usize {
  let at = start;
  let afterEither = start;
  while (at < end) {
    const character = characterAt(at);
    const kind = classOf(character);
    if (!(kind & (UPPER | CASELESS | MARK))) break;
    at += character & 7;
    if (kind & (CASELESS | MARK)) afterEither = at;
  }
  const rest = skip(at, end, LOWER | CASELESS | MARK);
  return rest > at || afterEither == start ? rest : afterEither;
}

/** Writes the ids of one piece; how many. */
function encodePiece(start: usize, end: usize, ids: usize): i32 {
  const whole = find(start, <i32>(end - start));
  if (whole >= 0) {
    store<i32>(ids, whole);
    return 1;
  }
  if (end - start > 96) return encodeLong(start, end, ids);
  return merge(ids, symbolsOf(start, end, ids));
}

function find(start: usize, length: i32): i32 {
  if (length > maxLength) return -1;
  let hash = 0;
  for (let i = 0; i < length; i++) hash = hash * 0x01000193 + load<u8>(start + i);
  return entryOf(hash, length, start, 0, 0);
}

function findJoined(left: i32, right: i32): i32 {
  const leftStart = load<i32>(starts + (left << 2));
  const rightStart = load<i32>(starts + (right << 2));
  const leftLength = load<i32>(starts + (left << 2), 4) - leftStart;
  const rightLength = load<i32>(starts + (right << 2), 4) - rightStart;
  if (leftLength + rightLength > maxLength) return -1;
  const hash =
    load<i32>(hashes + (left << 2)) * load<i32>(powers + (rightLength << 2)) +
    load<i32>(hashes + (right << 2));
  return entryOf(hash, leftLength, bytes + leftStart, rightLength, bytes + rightStart);
}

/** The token with this hash whose bytes are those at `a` and then those at `b`, or -1. */
function entryOf(hash: i32, aLength: i32, a: usize, bLength: i32, b: usize): i32 {
  const mixed = hash * 0x9e3779b1;
  const idMask = (1 << idBits) - 1;
  for (let slot = (<u32>mixed) >> shift; true; slot = (slot + 1) & slotMask) {
    const entry = load<i32>(slots + (slot << 2));
    if (entry == 0) break;
    if ((entry ^ (mixed << idBits)) & ~idMask) continue;
    const id = (entry & idMask) - 1;
    const start = load<i32>(starts + (id << 2));
    if (load<i32>(starts + (id << 2), 4) - start != aLength + bLength) continue;
    if (sameBytes(bytes + start, a, aLength) && sameBytes(bytes + start + aLength, b, bLength))
      return id;
  }
  return -1;
}

function sameBytes(a: usize, b: usize, length: i32): bool {
  for (let i = 0; i < length; i++) if (load<u8>(a + i) != load<u8>(b + i)) return false;
  return true;
}

function symbolsOf(start: usize, end: usize, symbols: usize): i32 {
  let count = 0;
  for (let at = start; at < end;) {
    const first = load<u8>(at);
    let next = at + 1;
    const isShort = first >= 0xc0 && first < 0xf0; // two or three bytes
    if (isShort && patience > 0 && --patience == 0) fillCrossed();
    if (isShort && patience == 0) {
      next = at + (first < 0xe0 ? 2 : 3);
      const isApart = (at == start || !isCrossed(at)) && (next == end || !isCrossed(next));
      const id = isApart ? join(at, next, symbols + (count << 2)) : -1;
      if (id >= 0) {
        store<i32>(symbols + (count++ << 2), id);
        at = next;
      }
    }
    for (; at < next; at++) store<i32>(symbols + (count++ << 2), byteIdAt(at));
  }
  return count;
}

function byteIdAt(at: usize): i32 {
  return load<i32>(byteIds + ((<usize>load<u8>(at)) << 2));
}

/** Whether a token may hold the byte before `at` and the one there, and only a part of a character. */
function isCrossed(at: usize): bool {
  return load<bool>(crossed + (((<usize>load<u8>(at - 1)) << 8) | load<u8>(at)));
}

function join(at: usize, next: usize, symbols: usize): i32 {
  const known = joined + ((characterAt(at) >>> 3) << 2);
  if (load<i32>(known) == 0) {
    const size = <i32>(next - at);
    for (let i = 0; i < size; i++) store<i32>(symbols + (i << 2), byteIdAt(at + i));
    store<i32>(known, merge(symbols, size) == 1 ? load<i32>(symbols) + 1 : -1);
  }
  return max(load<i32>(known) - 1, -1);
}

const never: i32 = 0x7fffffff;

function rankOf(symbols: usize): i32 {
  const left = load<i32>(symbols);
  const right = load<i32>(symbols, 4);
  const hash = (left * 0x9e3779b1) ^ (right * 0x85ebca6b);
  const slot = recent + (((hash ^ (hash >>> 15)) & 0x1ffff) << 4);
  if (load<i32>(slot) != left || load<i32>(slot, 4) != right || load<i32>(slot, 12) == 0) {
    const rank = findJoined(left, right);
    store<i32>(slot, left);
    store<i32>(slot, right, 4);
    store<i32>(slot, rank < 0 ? never : rank, 8);
    store<i32>(slot, 1, 12);
  }
  return load<i32>(slot, 8);
}

/** `mergeSymbols` for at most 96 symbols; a token's rank is its id. */
function merge(symbols: usize, length: i32): i32 {
  for (let i = 0; i + 1 < length; i++) store<i32>(ranks + (i << 2), rankOf(symbols + (i << 2)));
  while (true) {
    let lowest = never;
    let at = 0;
    for (let i = 0; i + 1 < length; i++) {
      const rank = load<i32>(ranks + (i << 2));
      if (rank < lowest) {
        lowest = rank;
        at = i;
      }
    }
    if (lowest == never) return length;
    length--;
    const merged = symbols + (at << 2);
    const rank = ranks + (at << 2);
    store<i32>(merged, lowest);
    for (let i = 4; i < (length - at) << 2; i += 4) {
      store<i32>(merged + i, load<i32>(merged + i, 4));
      store<i32>(rank + i, load<i32>(rank + i, 4));
    }
    if (at > 0) store<i32>(rank - 4, rankOf(merged - 4));
    if (at + 1 < length) store<i32>(rank, rankOf(merged));
  }
}
