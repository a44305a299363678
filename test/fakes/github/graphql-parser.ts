/**
 * The small part of GraphQL's grammar that a client of ours may use: one query or mutation, variables, aliases,
 * arguments with objects and enum values in them, nested fields. Fragments, directives and lists are refused with a
 * GraphQLError, as GitHub refuses what it cannot parse.
 */
export type Value =
  | { variable: string }
  | { literal: string | number | boolean | null }
  | { enum: string }
  | { object: Record<string, Value> };
export type Field = { alias: string; name: string; args: Record<string, Value>; fields: Field[]; at: Location };
export type Location = { line: number; column: number };
export type VariableDefinition = { type: string; required: boolean; fallback?: Value };
export type Query = { operation: "query" | "mutation"; variables: Record<string, VariableDefinition>; fields: Field[] };

export class GraphQLError extends Error {
  readonly location: Location;

  constructor(message: string, location: Location) {
    super(message);
    this.location = location;
  }
}

type Token = { text: string; kind: "name" | "number" | "string" | "punctuation" | "end"; at: Location };

const TOKEN = /[\s,\ufeff]+|#[^\n]*|([A-Za-z_]\w*)|(-?\d+(?:\.\d+)?)|("(?:[^"\\\n]|\\.)*")|([{}()[\]:!=$@|]|\.\.\.)/gy;

export function parseQuery(text: string): Query {
  return new Parser(tokenize(text)).document();
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const start = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    const at = locationOf(text, start);
    if (found === null)
      throw new GraphQLError(
        `Expected one of SCHEMA, QUERY, …, actual: UNKNOWN_CHAR ("${text[start]}") at [${at.line}, ${at.column}]`,
        at,
      );
    const [, name, number, string, punctuation] = found;
    if (name !== undefined) tokens.push({ text: name, kind: "name", at });
    else if (number !== undefined) tokens.push({ text: number, kind: "number", at });
    else if (string !== undefined) tokens.push({ text: string, kind: "string", at });
    else if (punctuation !== undefined) tokens.push({ text: punctuation, kind: "punctuation", at });
  }
  tokens.push({ text: "", kind: "end", at: locationOf(text, text.length) });
  return tokens;
}

function locationOf(text: string, offset: number): Location {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
}

class Parser {
  private readonly tokens: Token[];
  private position = 0;

  constructor(tokens: Token[]) {
    this.tokens = tokens;
  }

  document(): Query {
    const variables: Query["variables"] = {};
    let operation: Query["operation"] = "query";
    if (this.peek().kind === "name") {
      const { text } = this.peek();
      if (text !== "query" && text !== "mutation") this.fail();
      operation = text;
      this.next();
      if (this.peek().kind === "name") this.next();
      if (this.peek().text === "(") this.variableDefinitions(variables);
    }
    const fields = this.selection();
    if (this.peek().kind !== "end") this.fail();
    return { operation, variables, fields };
  }

  private variableDefinitions(into: Query["variables"]): void {
    this.expect("(");
    while (this.peek().text !== ")") {
      this.expect("$");
      const name = this.name();
      this.expect(":");
      const type = this.name();
      const required = this.accept("!");
      const fallback = this.accept("=") ? this.value() : undefined;
      into[name] = { type, required, ...(fallback === undefined ? {} : { fallback }) };
    }
    this.expect(")");
  }

  private selection(): Field[] {
    const fields: Field[] = [];
    this.expect("{");
    while (this.peek().text !== "}") fields.push(this.field());
    this.expect("}");
    return fields;
  }

  private field(): Field {
    const { at } = this.peek();
    const first = this.name();
    const name = this.accept(":") ? this.name() : first;
    const args: Field["args"] = {};
    if (this.accept("(")) {
      while (this.peek().text !== ")") {
        const argument = this.name();
        this.expect(":");
        args[argument] = this.value();
      }
      this.expect(")");
    }
    return { alias: first, name, args, fields: this.peek().text === "{" ? this.selection() : [], at };
  }

  private value(): Value {
    const token = this.next();
    if (token.text === "$") return { variable: this.name() };
    if (token.kind === "string") return { literal: String(JSON.parse(token.text)) };
    if (token.kind === "number") return { literal: Number(token.text) };
    if (token.text === "true" || token.text === "false") return { literal: token.text === "true" };
    if (token.text === "null") return { literal: null };
    if (token.kind === "name") return { enum: token.text };
    if (token.text === "{") return { object: this.objectFields() };
    this.position -= 1;
    return this.fail();
  }

  private objectFields(): Record<string, Value> {
    const fields: Record<string, Value> = {};
    while (!this.accept("}")) {
      const name = this.name();
      this.expect(":");
      fields[name] = this.value();
    }
    return fields;
  }

  private name(): string {
    if (this.peek().kind !== "name") this.fail();
    return this.next().text;
  }

  private accept(text: string): boolean {
    const there = this.peek().kind === "punctuation" && this.peek().text === text;
    if (there) this.position += 1;
    return there;
  }

  private expect(text: string): void {
    if (!this.accept(text)) this.fail();
  }

  private peek(): Token {
    const token = this.tokens[this.position];
    if (token === undefined) throw new Error("read past the end of the query");
    return token;
  }

  private next(): Token {
    const token = this.peek();
    if (token.kind === "end") this.fail();
    this.position += 1;
    return token;
  }

  private fail(): never {
    const { text, kind, at } = this.peek();
    const what = kind === "end" ? "end of file" : `"${text}" at [${at.line}, ${at.column}]`;
    throw new GraphQLError(`Parse error on ${what}`, at);
  }
}
