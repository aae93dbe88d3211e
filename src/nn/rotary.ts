/** @file The angles of rotary positions (https://arxiv.org/abs/2104.09864), as tables that a model's layers share. */
import { tensor } from "../graph/index.ts";
import type { Constant } from "../graph/index.ts";

export interface RotaryConfig {
  /** Channels of a head; even. */
  readonly headDim: number;
  /** Base of the wavelengths, 2π in the first pair of channels and 2π · theta in the last. */
  readonly theta: number;
  /** Most positions. */
  readonly contextLength: number;
}

export interface RotaryTables {
  /** `(rows, D/2)`: a row for each position from 0. */
  readonly cos: Constant;
  readonly sin: Constant;
}

/** One kind of angles. Has no parameters, and makes its tables when they are first asked for. */
export class Rotary {
  readonly config: RotaryConfig;
  readonly #tables = new Map<number, RotaryTables>();

  constructor(config: RotaryConfig) {
    this.config = config;
  }

  /** The tables of the first `rows` positions, all of the context unless said. The same constants at each call. */
  tables(rows = this.config.contextLength): RotaryTables {
    const known = this.#tables.get(rows);
    if (known) return known;
    const made = makeTables(inverseWavelengths(this.config), rows);
    this.#tables.set(rows, made);
    return made;
  }
}

/** Radians a position for each pair of channels, `(D/2,)`: theta^(−2i/D). */
function inverseWavelengths({ headDim, theta }: RotaryConfig): Float32Array {
  return Float32Array.from({ length: headDim / 2 }, (_, i) => theta ** ((-2 * i) / headDim));
}

/** Angles are rounded to float32 before the cosine is taken, as in the models' own code. */
function makeTables(speeds: Float32Array, rows: number): RotaryTables {
  const half = speeds.length;
  const cos = new Float32Array(rows * half);
  const sin = new Float32Array(rows * half);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let i = 0; i < half; i++, at++) {
      const angle = Math.fround(row * speeds[i]);
      cos[at] = Math.cos(angle);
      sin[at] = Math.sin(angle);
    }
  }
  const shape = [rows, half];
  return { cos: tensor(cos, { shape }), sin: tensor(sin, { shape }) };
}
