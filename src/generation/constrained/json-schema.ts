/**
 * @file A JSON schema as a grammar of compact JSON. Each schema is a rule, so that schemas may refer to one another. What would
 * let a text end that the schema does not allow is an error that names the keyword; objects have the properties that the
 * schema names, in its order, and no others unless it names none.
 */
import { choice, literal, optional, repeat, rule, sequence } from "./expression.ts";
import type { Expression, Grammar } from "./expression.ts";
import { jsonInteger, jsonNumber } from "./json-number.ts";
import { jsonString, jsonStringOf } from "./json-string.ts";
import { parseRegex } from "./regex-parser.ts";
import { mergedSchema } from "./schema-merge.ts";
import { excludeOneAnother } from "./schema-exclusion.ts";
import { formats, typesOf, withoutAnnotations } from "./schema-keywords.ts";
import type { JsonType, Schema, SchemaObject } from "./schema-keywords.ts";
import {
  requireSchema,
  requireObject,
  requireNames,
  requireOnly,
  boundsOf,
  rangeOf,
  isOfType,
  saysType,
  wrong,
  unsupported,
} from "./schema-values.ts";

/** The grammar of the texts that fit `schema`. Throws a UserError for what is no schema or cannot be followed. */
export function jsonSchemaGrammar(schema: unknown): Grammar {
  return new SchemaCompiler(schema).grammar;
}

/** Steps of a path at which schemas that are merged must refer to themselves. */
const deepestMerge = 100;

class SchemaCompiler {
  readonly grammar: Expression[] = [];
  readonly #root: unknown;
  readonly #rules = new Map<object | true, number>();

  constructor(root: unknown) {
    this.#root = root;
    this.#rule(root, "#");
    if (this.grammar.length === 0) this.grammar.push(choice()); // the schema `false`
  }

  /** The rule of a schema, made when it is first asked for. */
  #rule(schema: unknown, path: string): Expression {
    const known = requireSchema(schema, path);
    const key = known === false || known === true ? true : known;
    if (known === false) return choice(); // nothing fits
    let index = this.#rules.get(key);
    if (index === undefined) {
      index = this.grammar.push(choice()) - 1;
      this.#rules.set(key, index); // before its own rules are made: they may refer to it
      this.grammar[index] = key === true ? this.#anything() : this.#schema(key, path);
    }
    return rule(index);
  }

  #schema(schema: SchemaObject, path: string): Expression {
    const said = withoutAnnotations(schema);
    if (said["nullable"] === true) {
      const { nullable: _, ...rest } = said;
      return choice(this.#schema(rest, path), literal("null"));
    }
    if ("$ref" in said) {
      requireOnly(said, ["$ref"], path);
      return this.#rule(this.#resolve(said["$ref"], path), path);
    }
    if ("const" in said || "enum" in said) return this.#values(said, path);
    if ("allOf" in said) return this.#schema(this.#merged(said, path), path);
    for (const keyword of ["anyOf", "oneOf"] as const) {
      if (keyword in said) return this.#combined(keyword, said, path);
    }
    const options = typesOf(said, path).map((type) => this.#typed(type, said, path));
    return options.length === 1 ? options[0] : choice(...options);
  }

  #typed(type: JsonType, schema: SchemaObject, path: string): Expression {
    if (type === "null") return literal("null");
    if (type === "boolean") return choice(literal("true"), literal("false"));
    if (type === "integer") return jsonInteger(boundsOf(schema, path), `JSON schema ${path}`);
    if (type === "number") return jsonNumber(boundsOf(schema, path), `JSON schema ${path}`);
    if (type === "string") return this.#string(schema, path);
    return type === "array" ? this.#array(schema, path) : this.#object(schema, path);
  }

  #string(schema: SchemaObject, path: string): Expression {
    const [least, most] = rangeOf(schema, ["minLength", "maxLength"], path);
    const { pattern, format } = schema;
    if (pattern === undefined && format === undefined) return jsonString(least, most);
    if (least > 0 || most < Infinity || (pattern !== undefined && format !== undefined)) {
      const other = format === undefined ? "minLength or maxLength" : "another bound";
      throw unsupported(format === undefined ? "pattern" : "format", path, `beside ${other}`);
    }
    if (format !== undefined) {
      if (typeof format === "string" && Object.hasOwn(formats, format)) {
        return jsonStringOf(parseRegex(formats[format], path));
      }
      throw unsupported(`format ${JSON.stringify(format)}`, path);
    }
    if (typeof pattern !== "string") throw wrong(path, "a pattern that is text", pattern);
    return jsonStringOf(parseRegex(pattern, `JSON schema ${path}/pattern`, { isSearch: true }));
  }

  #array(schema: SchemaObject, path: string): Expression {
    const [least, most] = rangeOf(schema, ["minItems", "maxItems"], path);
    if (schema["uniqueItems"] === true && most > 1) throw unsupported("uniqueItems", path);
    const first = schema["prefixItems"] ?? [];
    if (!Array.isArray(first)) throw wrong(path, "schemas in prefixItems", first);
    const item = this.#rule(schema["items"] ?? true, `${path}/items`);
    const empty = least === 0 ? [literal("[]")] : [];
    if (most === 0) return choice(...empty);
    /** What follows the first `count` items. */
    const rest = (count: number): Expression => {
      if (count === most) return sequence();
      const comma = count === 0 ? [] : [literal(",")];
      if (count > 0 && count >= first.length) {
        return repeat(sequence(literal(","), item), Math.max(0, least - count), most - count);
      }
      const isFirst = count < first.length;
      const here = isFirst ? this.#rule(first[count], `${path}/prefixItems/${count}`) : item;
      const from = sequence(...comma, here, rest(count + 1));
      return count > 0 && count >= least ? optional(from) : from;
    };
    return choice(...empty, sequence(literal("["), rest(0), literal("]")));
  }

  #object(schema: SchemaObject, path: string): Expression {
    const properties = requireObject(schema["properties"] ?? {}, `${path}/properties`);
    const required = requireNames(schema["required"] ?? [], `${path}/required`);
    const others = schema["additionalProperties"] ?? true;
    const names = [...new Set([...Object.keys(properties), ...required])];
    if (names.length === 0) return this.#map(others, path);
    const members = names.map((name) => {
      const isNamed = Object.hasOwn(properties, name);
      const value = this.#rule(isNamed ? properties[name] : others, `${path}/properties/${name}`);
      const member = sequence(literal(`${JSON.stringify(name)}:`), value);
      return { member, isRequired: required.includes(name) };
    });
    // the first member that is there has no comma before it
    const firsts: Expression[] = [];
    for (const [i, { member, isRequired }] of members.entries()) {
      const rest = members.slice(i + 1).map((next) => {
        const withComma = sequence(literal(","), next.member);
        return next.isRequired ? withComma : optional(withComma);
      });
      firsts.push(sequence(literal("{"), member, ...rest, literal("}")));
      if (isRequired) break;
    }
    return choice(...firsts, ...(required.length === 0 ? [literal("{}")] : []));
  }

  /** An object with any names. */
  #map(values: unknown, path: string): Expression {
    if (values === false) return literal("{}");
    const member = sequence(
      ...[jsonString(), literal(":"), this.#rule(values, `${path}/additionalProperties`)],
    );
    const full = sequence(
      literal("{"),
      member,
      repeat(sequence(literal(","), member), 0),
      literal("}"),
    );
    return choice(literal("{}"), full);
  }

  #anything(): Expression {
    const types: JsonType[] = ["null", "boolean", "number", "string", "array", "object"];
    return choice(...types.map((type) => this.#typed(type, {}, "#")));
  }

  #values(schema: SchemaObject, path: string): Expression {
    requireOnly(schema, ["const", "enum", "type"], path);
    const all = "const" in schema ? [schema["const"]] : schema["enum"];
    if (!Array.isArray(all) || all.length === 0) throw wrong(path, "an enum with values", all);
    const types = typesOf(schema, path);
    const values = all.filter((value) => types.some((type) => isOfType(value, type)));
    const beside = "const" in schema && "enum" in schema;
    if (beside) throw unsupported("enum", path, "beside const");
    return choice(...values.map((value) => literal(JSON.stringify(value))));
  }

  /** What a schema and all those in its `allOf` say, as one schema. */
  #merged({ allOf: all, ...rest }: SchemaObject, path: string): SchemaObject {
    if (!Array.isArray(all) || all.length === 0) throw wrong(path, "schemas in allOf", all);
    if (path.split("/").length > deepestMerge) {
      throw unsupported("allOf", path, "of schemas that refer to themselves");
    }
    let merged = rest;
    for (const each of all) {
      const schema = this.#dereference(each, path);
      if (schema === true) continue;
      if (schema === false) return { enum: [null], type: "string" }; // nothing fits
      let said = withoutAnnotations(schema);
      if ("allOf" in said) said = this.#merged(said, `${path}/allOf`);
      merged = mergedSchema(merged, said, path);
    }
    return merged;
  }

  #combined(keyword: "anyOf" | "oneOf", schema: SchemaObject, path: string): Expression {
    requireOnly(schema, [keyword, "type"], path);
    const alternatives = schema[keyword];
    if (!Array.isArray(alternatives) || alternatives.length === 0) {
      throw wrong(path, `schemas in ${keyword}`, alternatives);
    }
    if (
      schema["type"] !== undefined &&
      alternatives.some((each) => !saysType(each, schema["type"]))
    ) {
      throw unsupported(keyword, path, "beside a type that its schemas do not repeat");
    }
    if (
      keyword === "oneOf" &&
      !excludeOneAnother(alternatives, (each) => this.#dereference(each, path))
    ) {
      throw unsupported("oneOf", path, "of schemas that may fit the same text; use anyOf");
    }
    return choice(...alternatives.map((each, i) => this.#rule(each, `${path}/${keyword}/${i}`)));
  }

  /** The schema that a chain of `$ref` leads to. */
  #dereference(schema: unknown, path: string): Schema {
    let at = requireSchema(schema, path);
    for (let count = 0; typeof at === "object" && "$ref" in at; count++) {
      if (count > 100) throw wrong(path, "a $ref that leads somewhere", at["$ref"]);
      at = requireSchema(this.#resolve(at["$ref"], path), path);
    }
    return at;
  }

  /** What a reference such as `#/$defs/node` points to. */
  #resolve(reference: unknown, path: string): unknown {
    if (typeof reference !== "string" || !/^#(\/|$)/.test(reference)) {
      throw wrong(path, "a $ref into this schema, such as #/$defs/node", reference);
    }
    let at: unknown = this.#root;
    for (const part of reference.split("/").slice(1)) {
      const name = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
      if (typeof at !== "object" || at === null || !Object.hasOwn(at, name)) {
        throw wrong(path, "a $ref to something that is there", reference);
      }
      at = (at as SchemaObject)[name];
    }
    return at;
  }
}
