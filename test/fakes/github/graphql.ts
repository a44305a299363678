/**
 * POST /graphql for what REST cannot answer or do, with any aliases, variables and order. As on GitHub the status is 200
 * even for a question that is wrong; only `errors` tells. What stands in no table of graphql-schema.ts does not exist.
 */
import { isRecord } from "../forge/request-body.ts";
import type { Answer } from "./answer.ts";
import { ok, refused } from "./answer.ts";
import { rootOf, Unresolved } from "./graphql-nodes.ts";
import { type Field, GraphQLError, parseQuery, type Query, type Value } from "./graphql-parser.ts";
import { type Problem, problemsOf } from "./graphql-schema.ts";
import type { Account } from "./state.ts";
import type { World } from "./world.ts";

export type Args = Record<string, unknown>;
export type Scalar = string | number | boolean | null;
/** What a field is, or how it comes of its arguments. */
export type Resolved = Scalar | Node | Node[];
export type Node = { [field: string]: Resolved | ((args: Args) => Resolved | Promise<Resolved>) };

type Run = { variables: Args; errors: Problem[] };

export async function graphql(world: World, viewer: Account, body: unknown): Promise<Answer> {
  if (!isRecord(body) || typeof body.query !== "string")
    return refused(400, "A query attribute must be specified and must be a string.");
  let query: Query;
  try {
    query = parseQuery(body.query);
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return ok({ errors: [{ message: error.message, locations: [error.location] }] });
  }
  const given = isRecord(body.variables) ? body.variables : {};
  const wrong = problemsOf(query, given);
  if (wrong.length > 0) return ok({ errors: wrong });
  const run: Run = { variables: withFallbacks(query, given), errors: [] };
  const data = await selected(run, rootOf(world, viewer, query.operation), query.fields, []);
  return ok(run.errors.length === 0 ? { data } : { data, errors: run.errors });
}

async function selected(run: Run, node: Node, fields: Field[], path: string[]): Promise<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const field of fields) values[field.alias] = await resolved(run, node, field, [...path, field.alias]);
  return values;
}

async function resolved(run: Run, node: Node, field: Field, path: string[]): Promise<unknown> {
  const found = node[field.name];
  if (found === undefined) throw new Error(`the stand-in's schema has a field ${field.name} that nothing answers`);
  try {
    const value = typeof found === "function" ? await found(argumentsOf(run, field)) : found;
    if (value === null || typeof value !== "object") return value;
    if (!Array.isArray(value)) return await selected(run, value, field.fields, path);
    return await Promise.all(value.map((each) => selected(run, each, field.fields, path)));
  } catch (error) {
    if (!(error instanceof Unresolved)) throw error;
    run.errors.push({ type: error.type, path, locations: [field.at], message: error.message });
    return null;
  }
}

function withFallbacks(query: Query, given: Args): Args {
  const fallbacks = Object.entries(query.variables).flatMap(([name, { fallback }]) =>
    fallback !== undefined && "literal" in fallback ? [[name, fallback.literal]] : [],
  );
  return { ...Object.fromEntries(fallbacks), ...given };
}

function argumentsOf(run: Run, field: Field): Args {
  return Object.fromEntries(Object.entries(field.args).map(([name, value]) => [name, evaluated(run, value)]));
}

function evaluated(run: Run, value: Value): unknown {
  if ("variable" in value) return run.variables[value.variable];
  if ("literal" in value) return value.literal;
  if ("enum" in value) return value.enum;
  return Object.fromEntries(Object.entries(value.object).map(([name, inner]) => [name, evaluated(run, inner)]));
}
