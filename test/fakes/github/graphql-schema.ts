/**
 * Of GitHub's GraphQL schema what is played here: each type's fields, with what they hold and take; and what is wrong
 * with a question before any data is looked at. Then GitHub gives no data at all.
 */
import { isRecord } from "../forge/request-body.ts";
import type { Field, Location, Query, Value } from "./graphql-parser.ts";

export type Problem = {
  message: string;
  locations: Location[];
  path: string[];
  type?: string;
  extensions?: Record<string, string>;
};

/** `of` absent: a scalar. Arguments with `!` are required. */
type FieldType = { of?: string; args?: Record<string, string> };

const scalars = (names: string): Record<string, FieldType> =>
  Object.fromEntries(names.split(" ").map((name): [string, FieldType] => [name, {}]));

const TYPES: Record<string, Record<string, FieldType>> = {
  Query: { repository: { of: "Repository", args: { owner: "String!", name: "String!" } } },
  Mutation: {
    enablePullRequestAutoMerge: {
      of: "EnablePullRequestAutoMergePayload",
      args: { input: "EnablePullRequestAutoMergeInput!" },
    },
    enqueuePullRequest: { of: "EnqueuePullRequestPayload", args: { input: "EnqueuePullRequestInput!" } },
  },
  Repository: {
    ...scalars("__typename id databaseId name nameWithOwner"),
    ...scalars("squashMergeAllowed mergeCommitAllowed rebaseMergeAllowed autoMergeAllowed"),
    issue: { of: "Issue", args: { number: "Int!" } },
    pullRequest: { of: "PullRequest", args: { number: "Int!" } },
    pullRequests: {
      of: "PullRequestConnection",
      args: { headRefName: "String", baseRefName: "String", first: "Int", orderBy: "IssueOrder" },
    },
  },
  Issue: scalars(
    "__typename id databaseId fullDatabaseId number title body createdAt updatedAt closedAt lastEditedAt state",
  ),
  PullRequest: {
    ...scalars("__typename id databaseId number url state isDraft mergeable mergeStateStatus reviewDecision"),
    ...scalars("headRefOid headRefName baseRefName isCrossRepository isInMergeQueue isMergeQueueEnabled"),
    author: { of: "Actor" },
    mergedAt: {},
    mergedBy: { of: "Actor" },
    mergeCommit: { of: "Commit" },
    autoMergeRequest: { of: "AutoMergeRequest" },
    mergeQueueEntry: { of: "MergeQueueEntry" },
    latestOpinionatedReviews: {
      of: "PullRequestReviewConnection",
      args: { first: "Int", writersOnly: "Boolean" },
    },
  },
  PullRequestConnection: { nodes: { of: "PullRequest" }, pageInfo: { of: "PageInfo" }, totalCount: {} },
  PullRequestReviewConnection: { nodes: { of: "PullRequestReview" }, pageInfo: { of: "PageInfo" } },
  PullRequestReview: scalars("__typename state"),
  Actor: scalars("__typename login"),
  PageInfo: scalars("hasNextPage"),
  Commit: scalars("oid"),
  AutoMergeRequest: scalars("enabledAt mergeMethod"),
  MergeQueueEntry: { ...scalars("state position"), headCommit: { of: "Commit" } },
  EnablePullRequestAutoMergePayload: { ...scalars("clientMutationId"), pullRequest: { of: "PullRequest" } },
  EnqueuePullRequestPayload: { ...scalars("clientMutationId"), mergeQueueEntry: { of: "MergeQueueEntry" } },
};

const INPUTS: Record<string, Record<string, string>> = {
  IssueOrder: { field: "IssueOrderField!", direction: "OrderDirection!" },
  EnablePullRequestAutoMergeInput: {
    pullRequestId: "ID!",
    mergeMethod: "PullRequestMergeMethod",
    expectedHeadOid: "GitObjectID",
    commitHeadline: "String",
    commitBody: "String",
  },
  EnqueuePullRequestInput: { pullRequestId: "ID!", jump: "Boolean", expectedHeadOid: "GitObjectID" },
};

const ENUMS: Record<string, string[]> = {
  IssueOrderField: ["CREATED_AT", "UPDATED_AT", "COMMENTS"],
  OrderDirection: ["ASC", "DESC"],
  PullRequestMergeMethod: ["MERGE", "SQUASH", "REBASE"],
};

export function problemsOf(query: Query, given: Record<string, unknown>): Problem[] {
  const root = query.operation === "query" ? "Query" : "Mutation";
  return [
    ...variableProblems(query, given),
    ...query.fields.flatMap((field) => fieldProblems(field, root, [query.operation], query)),
  ];
}

function fieldProblems(field: Field, type: string, path: string[], query: Query): Problem[] {
  const here = [...path, field.alias];
  const known = Object.hasOwn(TYPES[type] ?? {}, field.name) ? TYPES[type]?.[field.name] : undefined;
  const problem = (message: string): Problem => ({ message, locations: [field.at], path: here });
  if (known === undefined) {
    const extensions = { code: "undefinedField", typeName: type, fieldName: field.name };
    return [{ ...problem(`Field '${field.name}' doesn't exist on type '${type}'`), extensions }];
  }
  const { of, args = {} } = known;
  const problems = argumentProblems(field, args, here, query);
  if (of === undefined && field.fields.length > 0)
    problems.push(problem(`Selections can't be made on scalars (field '${field.name}' returns a scalar)`));
  if (of !== undefined && field.fields.length === 0)
    problems.push(problem(`Field must have selections (field '${field.name}' returns ${of} but has no selections.)`));
  if (of === undefined) return problems;
  return [...problems, ...field.fields.flatMap((inner) => fieldProblems(inner, of, here, query))];
}

function argumentProblems(field: Field, wanted: Record<string, string>, path: string[], query: Query): Problem[] {
  const problem = (message: string): Problem => ({ message, locations: [field.at], path });
  const missing = Object.keys(wanted).filter((name) => wanted[name]?.endsWith("!") && field.args[name] === undefined);
  const problems =
    missing.length === 0 ? [] : [problem(`Field '${field.name}' is missing required arguments: ${missing.join(", ")}`)];
  for (const [name, value] of Object.entries(field.args)) {
    const type = wanted[name];
    if (type === undefined) problems.push(problem(`Field '${field.name}' doesn't accept argument '${name}'`));
    else problems.push(...valueProblems(value, type, `argument ${name}`, query).map(problem));
  }
  return problems;
}

function valueProblems(value: Value, type: string, what: string, query: Query): string[] {
  const name = type.replace("!", "");
  if ("variable" in value) {
    const definition = query.variables[value.variable];
    if (definition === undefined) return [`Variable $${value.variable} is used by ${what} but not declared`];
    const fits = definition.type === name && (definition.required || !type.endsWith("!"));
    const told = `${definition.type}${definition.required ? "!" : ""}`;
    return fits ? [] : [`Type mismatch on variable $${value.variable} and ${what} (${told} / ${type})`];
  }
  const wrong = [`${what} has an invalid value. Expected type '${type}'.`];
  const fields = INPUTS[name];
  if ("object" in value) {
    if (fields === undefined) return wrong;
    const missing = Object.keys(fields).filter(
      (each) => fields[each]?.endsWith("!") && !Object.hasOwn(value.object, each),
    );
    if (missing.length > 0) return wrong;
    return Object.entries(value.object).flatMap(([each, inner]) => {
      const wanted = fields[each];
      return wanted === undefined ? wrong : valueProblems(inner, wanted, `${what}.${each}`, query);
    });
  }
  if ("enum" in value) return ENUMS[name]?.includes(value.enum) ? [] : wrong;
  if (value.literal === null) return type.endsWith("!") ? wrong : [];
  return isScalar(name, value.literal) ? [] : wrong;
}

/** A variable's own value: enums are texts there. */
function variableProblems(query: Query, given: Record<string, unknown>): Problem[] {
  return Object.entries(query.variables).flatMap(([name, { type, required, fallback }]) => {
    const value = given[name] ?? (fallback !== undefined && "literal" in fallback ? fallback.literal : undefined);
    const message = `Variable $${name} of type ${type}${required ? "!" : ""} was provided invalid value`;
    const problem: Problem = { message, locations: [{ line: 1, column: 1 }], path: [] };
    if (value === undefined || value === null) return required ? [problem] : [];
    return fits(type, value) ? [] : [problem];
  });
}

function fits(type: string, value: unknown): boolean {
  const name = type.replace("!", "");
  const fields = INPUTS[name];
  if (fields === undefined)
    return ENUMS[name] === undefined ? isScalar(name, value) : ENUMS[name].includes(String(value));
  if (!isRecord(value)) return false;
  const whole = Object.entries(fields).every(([each, wanted]) => !wanted.endsWith("!") || value[each] !== undefined);
  return whole && Object.entries(value).every(([each, inner]) => inner === null || fits(fields[each] ?? "", inner));
}

function isScalar(type: string, value: unknown): boolean {
  if (type === "Int") return Number.isInteger(value);
  if (type === "GitObjectID") return typeof value === "string" && /^[0-9a-f]{40}$/.test(value);
  if (type === "String" || type === "ID") return typeof value === "string";
  return type === "Boolean" && typeof value === "boolean";
}
