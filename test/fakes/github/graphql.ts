/**
 * POST /graphql for the questions REST cannot answer: `repository(owner:, name:) { issue(number:) { … } }` with any
 * aliases, variables and order. As on GitHub the status is 200 even for a query that is wrong; only `errors` tells.
 * Anything else of the schema does not exist here.
 */

import { isRecord } from "../forge/request-body.ts";
import type { Answer } from "./answer.ts";
import { ok, refused } from "./answer.ts";
import { type Field, GraphQLError, type Location, parseQuery, type Query, type Value } from "./graphql-parser.ts";
import type { Account, Issue, Repo } from "./state.ts";
import { nodeId } from "./views-repo.ts";
import { findRepo, fullName, isThere, mayRead, type World } from "./world.ts";

type Problem = {
  message: string;
  locations: Location[];
  path: string[];
  type?: string;
  extensions?: Record<string, string>;
};
type Run = { world: World; viewer: Account; variables: Record<string, unknown>; errors: Problem[] };

const ISSUE_FIELDS: Record<string, (issue: Issue) => unknown> = {
  __typename: () => "Issue",
  id: (issue) => nodeId("I", issue.id),
  databaseId: (issue) => issue.id,
  fullDatabaseId: (issue) => String(issue.id),
  number: (issue) => issue.number,
  title: (issue) => issue.title,
  body: (issue) => issue.body ?? "",
  createdAt: (issue) => issue.createdAt,
  updatedAt: (issue) => issue.updatedAt,
  closedAt: (issue) => issue.closedAt,
  lastEditedAt: (issue) => issue.lastEditedAt,
  state: (issue) => issue.state.toUpperCase(),
};
const REPO_FIELDS: Record<string, (repo: Repo) => unknown> = {
  __typename: () => "Repository",
  id: (repo) => nodeId("R", repo.id),
  databaseId: (repo) => repo.id,
  name: (repo) => repo.name,
  nameWithOwner: fullName,
};

export function graphql(world: World, viewer: Account, body: unknown): Answer {
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
  const wrong = [
    ...variableProblems(query, given),
    ...query.fields.flatMap((field) => staticProblems(field, "Query", ["query"], query)),
  ];
  if (wrong.length > 0) return ok({ errors: wrong });
  const run: Run = { world, viewer, variables: withFallbacks(query, given), errors: [] };
  const data = Object.fromEntries(query.fields.map((field) => [field.alias, repository(run, field)]));
  return ok(run.errors.length === 0 ? { data } : { data, errors: run.errors });
}

function repository(run: Run, field: Field): unknown {
  const owner = String(argumentOf(run, field.args.owner));
  const name = String(argumentOf(run, field.args.name));
  const repo = findRepo(run.world, `${owner}/${name}`);
  if (repo === undefined || !mayRead(repo, run.viewer)) {
    return unresolved(run, field, [field.alias], `Could not resolve to a Repository with the name '${owner}/${name}'.`);
  }
  return Object.fromEntries(
    field.fields.map((inner) => [
      inner.alias,
      inner.name === "issue" ? issue(run, repo, inner, field.alias) : REPO_FIELDS[inner.name]?.(repo),
    ]),
  );
}

function issue(run: Run, repo: Repo, field: Field, parent: string): unknown {
  const number = Number(argumentOf(run, field.args.number));
  const found = repo.issues.find((each) => each.number === number && isThere(each));
  if (found === undefined)
    return unresolved(run, field, [parent, field.alias], `Could not resolve to an Issue with the number of ${number}.`);
  return Object.fromEntries(field.fields.map((inner) => [inner.alias, ISSUE_FIELDS[inner.name]?.(found)]));
}

function unresolved(run: Run, field: Field, path: string[], message: string): null {
  run.errors.push({ type: "NOT_FOUND", path, locations: [field.at], message });
  return null;
}

/** What is wrong with a query before any data is looked at; then GitHub gives no data at all. */
function staticProblems(field: Field, type: "Query" | "Repository" | "Issue", path: string[], query: Query): Problem[] {
  const here = [...path, field.alias];
  const child =
    type === "Query" && field.name === "repository"
      ? "Repository"
      : type === "Repository" && field.name === "issue"
        ? "Issue"
        : undefined;
  const known =
    child !== undefined ||
    (type === "Repository" && field.name in REPO_FIELDS) ||
    (type === "Issue" && field.name in ISSUE_FIELDS);
  if (!known) {
    const message = `Field '${field.name}' doesn't exist on type '${type}'`;
    return [
      {
        message,
        locations: [field.at],
        path: here,
        extensions: { code: "undefinedField", typeName: type, fieldName: field.name },
      },
    ];
  }
  const wanted: Record<string, string> =
    child === "Repository" ? { owner: "String", name: "String" } : child === "Issue" ? { number: "Int" } : {};
  const problems = argumentProblems(field, wanted, here, query);
  const problem = (message: string): Problem => ({ message, locations: [field.at], path: here });
  if (child === undefined) {
    return field.fields.length === 0
      ? problems
      : [...problems, problem(`Selections can't be made on scalars (field '${field.name}' returns a scalar)`)];
  }
  if (field.fields.length === 0)
    return [
      ...problems,
      problem(`Field must have selections (field '${field.name}' returns ${child} but has no selections.)`),
    ];
  return [...problems, ...field.fields.flatMap((inner) => staticProblems(inner, child, here, query))];
}

function argumentProblems(field: Field, wanted: Record<string, string>, path: string[], query: Query): Problem[] {
  const problem = (message: string): Problem => ({ message, locations: [field.at], path });
  const missing = Object.keys(wanted).filter((name) => field.args[name] === undefined);
  const problems =
    missing.length === 0 ? [] : [problem(`Field '${field.name}' is missing required arguments: ${missing.join(", ")}`)];
  for (const [name, value] of Object.entries(field.args)) {
    const type = wanted[name];
    if (type === undefined) problems.push(problem(`Field '${field.name}' doesn't accept argument '${name}'`));
    else if ("variable" in value) {
      const definition = query.variables[value.variable];
      if (definition === undefined)
        problems.push(problem(`Variable $${value.variable} is used by ${field.name} but not declared`));
      else if (definition.type !== type || !definition.required) {
        problems.push(
          problem(
            `Type mismatch on variable $${value.variable} and argument ${name} (${definition.type}${definition.required ? "!" : ""} / ${type}!)`,
          ),
        );
      }
    } else if (!isOf(type, value.literal))
      problems.push(
        problem(`Argument '${name}' on Field '${field.name}' has an invalid value. Expected type '${type}!'.`),
      );
  }
  return problems;
}

function variableProblems(query: Query, given: Record<string, unknown>): Problem[] {
  return Object.entries(query.variables).flatMap(([name, { type, required, fallback }]) => {
    const value = given[name] ?? (fallback !== undefined && "literal" in fallback ? fallback.literal : undefined);
    if (value === undefined || value === null) {
      return required
        ? [
            {
              message: `Variable $${name} of type ${type}! was provided invalid value`,
              locations: [{ line: 1, column: 1 }],
              path: [],
            },
          ]
        : [];
    }
    return isOf(type, value)
      ? []
      : [
          {
            message: `Variable $${name} of type ${type} was provided invalid value`,
            locations: [{ line: 1, column: 1 }],
            path: [],
          },
        ];
  });
}

function isOf(type: string, value: unknown): boolean {
  if (type === "Int") return Number.isInteger(value);
  return type === "String" || type === "ID" ? typeof value === "string" : typeof value === "boolean";
}

function withFallbacks(query: Query, given: Record<string, unknown>): Record<string, unknown> {
  const fallbacks = Object.entries(query.variables).flatMap(([name, { fallback }]) =>
    fallback !== undefined && "literal" in fallback ? [[name, fallback.literal]] : [],
  );
  return { ...Object.fromEntries(fallbacks), ...given };
}

function argumentOf(run: Run, value: Value | undefined): unknown {
  if (value === undefined) return undefined;
  return "variable" in value ? run.variables[value.variable] : value.literal;
}
