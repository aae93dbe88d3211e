/** @file The angles of rotary positions (https://arxiv.org/abs/2104.09864), as tables that a model's layers share. */
import { tensor } from "../graph/index.ts";
import type { Constant } from "../graph/index.ts";
import { rotaryMagnitude, rotarySpeeds } from "./rotary-scaling.ts";
import type { RotaryScaling } from "./rotary-scaling.ts";

export interface RotaryConfig {
  /** Channels of a head; even. */
  readonly headDim: number;
  /** Base of the wavelengths, from 2π to almost 2π · theta positions. */
  readonly theta: number;
  /** Most positions. */
  readonly contextLength: number;
  /** How the angles are slowed; not at all unless said. */
  readonly scaling?: RotaryScaling | undefined;
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
    const made = makeTables(this.config, rows);
    this.#tables.set(rows, made);
    return made;
  }
}

/** Angles are rounded to float32 before the cosine is taken, as in the models' own code. */
function makeTables(config: RotaryConfig, rows: number): RotaryTables {
  const { headDim, theta, scaling } = config;
  const speeds = rotarySpeeds(headDim, theta, scaling);
  const magnitude = rotaryMagnitude(scaling);
  const half = speeds.length;
  const cos = new Float32Array(rows * half);
  const sin = new Float32Array(rows * half);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let i = 0; i < half; i++, at++) {
      const angle = Math.fround(row * speeds[i]);
      cos[at] = magnitude * Math.cos(angle);
      sin[at] = magnitude * Math.sin(angle);
    }
  }
  const shape = [rows, half];
  return { cos: tensor(cos, { shape }), sin: tensor(sin, { shape }) };
}
