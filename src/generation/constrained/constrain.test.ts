/** Whatever a model would like to write, what comes out fits: regular expressions against JavaScript's, JSON against a checker of its own. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UserError } from "../../errors.ts";
import { Generator } from "../../random/index.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import { sampler } from "../sampler.ts";
import { logitBias } from "../penalties.ts";
import { matchJsonSchema, matchRegex } from "./constrain.ts";
import type { ConstraintSource } from "./constrain.ts";
import { fits } from "./testing/schema-checker.ts";

/** All bytes, some longer tokens that cut characters and JSON anywhere, and an end of text. */
const pieces = [
  ...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)),
  ...'ab abc bc ba 12 0. .5 e1 true false null tr ue ": "," ":" {"a {} [] }, ], ]} }} \\n \\u00 \\" ä €'
    .split(" ")
    .map((text) => new TextEncoder().encode(text)),
  ...[
    [0x22, 0xc3],
    [0xa4, 0x22],
    [0xe2, 0x82],
    [0xac, 0x61],
    [0x61, 0x62],
  ].map((bytes) => Uint8Array.from(bytes)),
];
const end = pieces.length;
const hole = end + 1; // an id without a token, as in o200k
const tokenizer: Tokenizer & { tokenBytes(id: number): Uint8Array } = {
  vocabSize: hole + 1,
  specialTokens: new Map([["<end>", end]]),
  tokenBytes(id) {
    if (id === hole) throw new UserError("decode: no such token");
    return pieces[id] ?? new TextEncoder().encode("<end>");
  },
  encode: (text) => Uint32Array.from(new TextEncoder().encode(text)),
  decode: (ids) =>
    new TextDecoder().decode(
      Uint8Array.from(Array.from(ids).flatMap((id) => [...tokenizer.tokenBytes(id)])),
    ),
  cutPoint: (text) => text.length,
  toJson: () => ({}),
};

/** What a model with random logits writes, or undefined where it would not come to an end. */
function write(source: ConstraintSource, seed: number, most = 400): string | undefined {
  const generator = new Generator(seed);
  const { filter, isComplete } = source.constraint();
  const ids: number[] = [];
  const text = { ids, promptLength: 0 };
  const logits = new Float32Array(tokenizer.vocabSize);
  while (ids.length < most) {
    generator.normal(logits, { std: 2 });
    const bias = new Map([
      [end, 2],
      [34, 3],
      [125, 3],
      [93, 3],
    ]); // towards an end
    const id = sampler([filter, logitBias(bias)], generator)(logits, text);
    if (id === end) return tokenizer.decode(ids);
    ids.push(id);
    if (isComplete(text)) return tokenizer.decode(ids);
  }
  return undefined;
}

const stopIds = [end];

describe("regular expressions", () => {
  test.each([
    "abc",
    "a|bc|",
    "(ab)+c?",
    "[a-c]{2,4}",
    "[^a-z\\s]{3}",
    "\\d{3}-\\d{4}",
    "(?:\\w+@\\w+\\.(com|org))",
    "ä€?[α-ω]{1,3}",
    "(a|(b|c)*)d",
    "\\p{Lu}\\p{Ll}{2,5}",
    "[\\u{1F600}-\\u{1F64F}]+",
    "^start.{0,3}end$",
    "(?<year>\\d{4})(-\\d\\d){0,2}",
    "a*?b+?",
    "[\\-\\]x]{2}",
    "\\x41\\u0042\\u{43}\\t",
    "",
  ])("%s", async (pattern) => {
    const source = await matchRegex(pattern, tokenizer, { stopIds });
    const expected = new RegExp(`^(?:${pattern})$`, "u");
    let numEnded = 0;
    for (let seed = 0; seed < 60; seed++) {
      const text = write(source, seed);
      if (text === undefined) continue;
      numEnded++;
      expect(text).toMatch(expected);
    }
    expect(numEnded).toBeGreaterThan(40);
  });

  const regex = fc.letrec<{ any: string; atom: string }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 4, depthIdentifier: "regex" },
      tie("atom"),
      fc.array(tie("any"), { minLength: 1, maxLength: 3 }).map((parts) => parts.join("")),
      fc.tuple(tie("any"), tie("any")).map(([a, b]) => `(?:${a}|${b})`),
      fc
        .tuple(tie("any"), fc.constantFrom("*", "+", "?", "{2}", "{1,3}", "{0,2}"))
        .map(([a, q]) => `(?:${a})${q}`),
    ),
    atom: fc.constantFrom("a", "b", "[ab]", "[^a]", "é", ".", "\\d", "\\."),
  })).any;

  test("any", async () => {
    await fc.assert(
      fc.asyncProperty(regex, fc.nat(), async (pattern, seed) => {
        const text = write(await matchRegex(pattern, tokenizer, { stopIds }), seed, 60);
        if (text !== undefined) expect(text).toMatch(new RegExp(`^(?:${pattern})$`, "u"));
      }),
      { numRuns: 150 },
    );
  });

  test("every text that matches can be written", async () => {
    const source = await matchRegex("(a|é){2}b?", tokenizer, { stopIds });
    const texts = new Set<string | undefined>();
    for (let seed = 0; seed < 300; seed++) texts.add(write(source, seed));
    expect([...texts].sort()).toEqual(["aa", "aab", "aé", "aéb", "éa", "éab", "éé", "ééb"]);
  });

  test.each([
    ["a(?=b)", "no lookahead"],
    ["(?<!a)b", "no lookbehind"],
    ["(a)\\1", "no back reference"],
    ["\\bword", "no word boundary"],
    ["(a", "a )"],
    ["a)", 'a "(" before ")"'],
    ["*a", '\\ before "*"'],
    ["[a", "a ]"],
    ["a{3,1}", "a least number that is not above the most"],
    ["a{9999}", "at most 4096 repetitions"],
    ["[b-a]", "a range from the lower"],
    ["\\p{Nonsense}", "a Unicode property"],
    ["a^b", "^ and $ only around"],
    ["[]", "what no text fits"],
    ["((((a{900}){900}){900}){900})", "fewer repetitions"],
  ])("%s is an error that says %s", async (pattern, message) => {
    const error = await matchRegex(pattern, tokenizer).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toContain(message);
  });
});

describe("JSON schemas", () => {
  test.each<[string, unknown]>([
    ["a string", { type: "string", minLength: 2, maxLength: 5 }],
    ["text of a pattern", { type: "string", pattern: '^[a-z"\\\\]+\\n?$' }],
    ["text with a pattern in it", { type: "string", pattern: '["a-z]' }],
    ["a date and time", { type: "string", format: "date-time" }],
    ["whole numbers between bounds", { type: "integer", minimum: -37, exclusiveMaximum: 1250 }],
    ["numbers between bounds", { type: "number", exclusiveMinimum: -1.5, maximum: 3 }],
    ["numbers without", { type: "number" }],
    ["an e-mail address", { type: "string", format: "email" }],
    ["a host", { type: "string", format: "hostname" }],
    ["an IP address", { type: "string", format: "ipv4" }],
    ["a URI", { type: "string", format: "uri" }],
    ["a pair", { prefixItems: [{ type: "null" }, { const: 1 }], items: false, minItems: 2 }],
    [
      "a tuple and more",
      { type: "array", prefixItems: [{ enum: [1, 2] }, { type: "null" }], items: { const: "x" } },
    ],
    [
      "at least three, two of them named",
      { type: "array", prefixItems: [true, { type: "null" }], items: { const: 1 }, minItems: 3 },
    ],
    [
      "all of",
      {
        $defs: {
          named: {
            type: "object",
            properties: { name: { type: "string" }, kind: { enum: ["a", "b"] } },
            required: ["name"],
          },
        },
        allOf: [
          { $ref: "#/$defs/named" },
          { properties: { name: { type: "string", maxLength: 3 }, n: { type: "integer" } } },
        ],
        required: ["n"],
      },
    ],
    [
      "all of, of which one closes",
      {
        allOf: [
          { type: "object", properties: { a: { const: 1 } }, additionalProperties: false },
          { properties: { b: { const: 2 }, a: { type: "number" } } },
        ],
      },
    ],
    [
      "bounds of two",
      {
        allOf: [
          { type: "number", minimum: 3 },
          { type: ["integer", "string"], maximum: 9 },
        ],
        minimum: 5,
      },
    ],
    ["a list", { type: "array", items: { type: "boolean" }, minItems: 2, maxItems: 4 }],
    ["no list", { type: "array", items: false }],
    ["values", { enum: ['a"b', 3.5, null, { x: [1] }] }],
    ["some types", { type: ["string", "null", "integer"], maxLength: 3 }],
    ["a constant", { const: { deep: ["€", 1] } }],
    ["OpenAPI's null", { type: "boolean", nullable: true }],
    ["a map", { type: "object", additionalProperties: { type: "integer" } }],
    ["anything", {}],
    [
      "a record",
      {
        type: "object",
        properties: {
          name: { type: "string", maxLength: 8 },
          age: { type: "integer", minimum: 0, maximum: 130 },
          tags: { type: "array", items: { enum: ["x", "y"] }, maxItems: 3 },
        },
        required: ["age"],
        additionalProperties: false,
      },
    ],
    [
      "a tree",
      {
        $defs: {
          node: {
            type: "object",
            properties: {
              value: { type: "integer" },
              children: { type: "array", items: { $ref: "#/$defs/node" }, maxItems: 2 },
            },
            required: ["value"],
          },
        },
        $ref: "#/$defs/node",
      },
    ],
    [
      "one of two kinds",
      {
        oneOf: [
          {
            type: "object",
            properties: { kind: { const: "a" }, x: { type: "boolean" } },
            required: ["kind", "x"],
          },
          {
            type: "object",
            properties: { kind: { const: "b" } },
            required: ["kind"],
            additionalProperties: false,
          },
        ],
      },
    ],
    [
      "any of",
      {
        anyOf: [{ type: "integer" }, { type: "string", maxLength: 1 }, { $ref: "#/definitions/c" }],
        definitions: { c: { const: "c€" } },
      },
    ],
  ])("%s", async (_name, schema) => {
    const source = await matchJsonSchema(schema, tokenizer, { stopIds });
    let numEnded = 0;
    for (let seed = 0; seed < 60; seed++) {
      const text = write(source, seed);
      if (text === undefined) continue;
      numEnded++;
      const value: unknown = JSON.parse(text);
      expect([text, fits(value, schema)]).toEqual([text, true]);
    }
    expect(numEnded).toBeGreaterThan(30);
  });

  const schema = fc.letrec<{ any: object }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 3, depthIdentifier: "schema" },
      fc.constantFrom<object>(
        { type: "boolean" },
        { type: "null" },
        { type: "string", maxLength: 4 },
        { const: 7 },
      ),
      fc
        .tuple(fc.integer(), fc.nat())
        .map(([a, n]) => ({ type: "integer", minimum: a, maximum: a + n })),
      fc
        .tuple(fc.integer({ min: -2000, max: 2000 }), fc.nat(3000))
        .map(([a, n]) => ({ type: "number", minimum: a / 8, maximum: a / 8 + n + 1 })),
      fc
        .tuple(fc.nat(3), fc.nat(3))
        .map(([a, n]) => ({ type: "string", minLength: a, maxLength: a + n })),
      fc
        .tuple(tie("any"), fc.nat(2), fc.nat(2))
        .map(([items, a, n]) => ({ type: "array", items, minItems: a, maxItems: a + n })),
      fc.array(tie("any"), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
      fc.record({
        properties: fc.dictionary(fc.constantFrom("a", "b", 'é"', "d"), tie("any")),
        required: fc.subarray(["a", "b"]),
        type: fc.constant("object"),
        additionalProperties: fc.constantFrom(true, { type: "boolean" }),
      }),
      fc
        .array(fc.jsonValue({ maxDepth: 1 }), { minLength: 1, maxLength: 3 })
        .map((values) => ({ enum: values })),
    ),
  })).any;

  test("any", async () => {
    let numEnded = 0;
    await fc.assert(
      fc.asyncProperty(schema, fc.nat(), async (each, seed) => {
        const text = write(await matchJsonSchema(each, tokenizer, { stopIds }), seed, 500);
        if (text === undefined) return;
        numEnded++;
        expect([text, fits(JSON.parse(text), each)]).toEqual([text, true]);
      }),
      { numRuns: 300 },
    );
    expect(numEnded).toBeGreaterThan(150);
  });

  test.each<[unknown, string]>([
    [{ type: "array", uniqueItems: true }, "uniqueItems"],
    [{ type: "object", patternProperties: {} }, "patternProperties"],
    [{ not: {} }, "not"],
    [{ allOf: [{ pattern: "a" }, { pattern: "b" }] }, "several that say pattern"],
    [{ allOf: [{ type: "string" }, { type: "null" }] }, "a type"],
    [{ type: "string", format: "iri" }, 'format "iri"'],
    [{ type: "string", pattern: "(?=a)" }, "no lookahead"],
    [{ type: "integer", multipleOf: 3 }, "multipleOf"],
    [{ oneOf: [{ type: "string" }, { maxLength: 3 }] }, "use anyOf"],
    [{ $ref: "#/$defs/none" }, "a $ref to something that is there"],
    [{ type: "text" }, "a type of null, boolean"],
    [{ type: "integer", minimum: 3, maximum: 2 }, "bounds with a whole number"],
    [{ properties: { a: { $ref: "#" } }, required: ["a"] }, "what no text fits"],
    [
      { anyOf: [{ $ref: "#" }, { type: "null" }] },
      "read something before they refer to themselves",
    ],
    [false, "what no text fits"],
    [7, "a schema, got 7"],
  ])("%j is an error that says %s", async (wrong, message) => {
    const error = await matchJsonSchema(wrong, tokenizer).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toContain(message);
  });
});

test("texts of one source do not disturb one another", async () => {
  const source = await matchRegex("[ab]{3}", tokenizer, { stopIds });
  const [a, b] = [source.constraint(), source.constraint()];
  expect(a.isComplete({ ids: [97, 98, 97], promptLength: 0 })).toBe(true);
  expect(b.isComplete({ ids: [5, 5, 97], promptLength: 2 })).toBe(false); // the prompt does not count
});
