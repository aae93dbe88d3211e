/**
 * @file WebAssembly instructions as bytes, by the names of the specification. The machine is a stack machine, so the code
 * of an expression is the code of its operands followed by its opcode, and nested calls here read like formulas.
 * https://webassembly.github.io/spec/core/binary/instructions.html
 */

/** Bytes of WebAssembly code. */
export type Code = readonly number[];

/** Instructions without immediates, those of the vector extension with their prefix. */
const opcodes = {
  "i32.ge_u": [0x4f],
  "i32.add": [0x6a],
  "i32.and": [0x71],
  "i32.shl": [0x74],
  "f32.sqrt": [0x91],
  "f32.add": [0x92],
  "f32.sub": [0x93],
  "f32.mul": [0x94],
  "f32.div": [0x95],
  "f64.add": [0xa0],
  "f64.mul": [0xa2],
  "f64.promote_f32": [0xbb],
  "i32x4.splat": vector(17),
  "f32x4.splat": vector(19),
  "i32x4.eq": vector(55),
  "f32x4.gt": vector(68),
  "i32x4.add": vector(174),
  "v128.and": vector(78),
  "v128.or": vector(80),
  "v128.xor": vector(81),
  "v128.bitselect": vector(82),
  "v128.any_true": vector(83),
  "f64x2.promote_low_f32x4": vector(95),
  "i32x4.shl": vector(171),
  "i32x4.shr_s": vector(172),
  "i32x4.shr_u": vector(173),
  "f32x4.nearest": vector(106),
  "f32x4.sqrt": vector(227),
  "f32x4.add": vector(228),
  "f32x4.sub": vector(229),
  "f32x4.mul": vector(230),
  "f32x4.div": vector(231),
  "f32x4.max": vector(233),
  "f32x4.pmax": vector(235),
  "f64x2.add": vector(240),
  "f64x2.mul": vector(242),
  "i32x4.trunc_sat_f32x4_s": vector(248),
  "f32x4.convert_i32x4_s": vector(250),
  "f32x4.convert_i32x4_u": vector(251),
} as const satisfies Record<string, Code>;

/** The name of an instruction without immediates. */
export type Opcode = keyof typeof opcodes;

/** Value types. */
export const valueTypes = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;
export type ValueType = keyof typeof valueTypes;

/** The operands, then the instruction that consumes them. */
export function instruction(opcode: Opcode, ...operands: readonly Code[]): Code {
  return [...operands.flat(), ...opcodes[opcode]];
}

export const getLocal = (index: number): Code => [0x20, ...unsigned(index)];

export const setLocal = (index: number, value: Code): Code => [...value, 0x21, ...unsigned(index)];

/** An i32 constant, −64 to 63. */
export function smallConstant(value: number): Code {
  return [0x41, value & 0x7f];
}

/** Any i32 constant; of what is given the low 32 bits count. */
export const constant = (value: number): Code => [0x41, ...signed(value | 0)];

/** A float32 constant. */
export function float32Constant(value: number): Code {
  return [0x43, ...new Uint8Array(Float32Array.of(value).buffer)];
}

const float32Access = [2, 0]; // aligned to 2² bytes, offset 0
/** An address that is a multiple of 16 is read fastest; every other is right too. */
const vectorAccess = (offset: number): Code => [4, ...unsigned(offset)];

export const loadFloat32 = (address: Code): Code => [...address, 0x2a, ...float32Access];

/** Four numbers, `offset` bytes after an address. */
export function loadVector(address: Code, offset = 0): Code {
  return [...address, ...vector(0), ...vectorAccess(offset)];
}

export function storeFloat32(address: Code, value: Code): Code {
  return [...address, ...value, 0x38, ...float32Access];
}

/** Writes four numbers, `offset` bytes after an address. */
export function storeVector(address: Code, value: Code, offset = 0): Code {
  return [...address, ...value, ...vector(11), ...vectorAccess(offset)];
}

/** Four of the eight lanes of two vectors: 0 to 3 are the first one's, 4 to 7 the second one's. */
export function shuffle(a: Code, b: Code, lanes: readonly number[]): Code {
  const bytes = lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte));
  return [...a, ...b, ...vector(13), ...bytes];
}

/** The two upper float32 of a vector, in the place of the two lower ones. */
export function upperHalf(value: Code): Code {
  return shuffle(value, value, [2, 3, 2, 3]);
}

/** One of the four float32 of a vector. */
export function extractFloat32(lane: 0 | 1 | 2 | 3, value: Code): Code {
  return [...value, ...vector(31), lane];
}

/** One of the two float64 of a vector. */
export function extractFloat64(lane: 0 | 1, value: Code): Code {
  return [...value, ...vector(33), lane];
}

/** Repeats `body` as long as `isDone`, an i32, is zero before it. */
export function repeatUntil(isDone: Code, body: Code): Code {
  const noResult = 0x40;
  const leave = [0x0d, 1];
  const again = [0x0c, 0];
  return [0x02, noResult, 0x03, noResult, ...isDone, ...leave, ...body, ...again, 0x0b, 0x0b];
}

/** Leaves the function with `value` if `condition`, an i32, is not zero. */
export function returnIf(condition: Code, value: Code): Code {
  const noResult = 0x40;
  return [...condition, 0x04, noResult, ...value, 0x0f, 0x0b];
}

/** LEB128, the variable-length form of an unsigned integer. */
export function unsigned(value: number): Code {
  const bytes = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return [...bytes, rest];
}

/** LEB128 of a signed integer of 32 bits. */
function signed(value: number): Code {
  const bytes = [];
  let rest = value;
  for (; rest < -64 || rest > 63; rest >>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest & 0x7f];
}

function vector(opcode: number): Code {
  return [0xfd, ...unsigned(opcode)];
}
