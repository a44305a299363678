/**
 * Cuts test/contracts/github-openapi.json out of GitHub's full OpenAPI description: the operations named below, with
 * only the schemas they reach, so that every exchange of the tests can be checked without carrying 13 MB.
 *
 *   npm pack @octokit/openapi@23.0.2 && tar xzf octokit-openapi-23.0.2.tgz package/generated/api.github.com.json
 *   node scripts/extract-openapi.ts package/generated/api.github.com.json
 *
 * What changes on the way: prose, titles and examples go; OpenAPI 3.0's `nullable` becomes what a JSON Schema validator
 * understands; schemas that are equal but for their name become one; a response keeps its JSON schema alone. The same
 * input gives the same bytes.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

const SOURCE = "@octokit/openapi 23.0.2, api.github.com";
const OUTPUT = fileURLToPath(new URL("../test/contracts/github-openapi.json", import.meta.url).href);
const REPO = "/repos/{owner}/{repo}";

const OPERATIONS = [
  "get /user",
  "get /rate_limit",
  "get /app",
  "get /app/hook/config",
  "get /app/hook/deliveries",
  "post /app/installations/{installation_id}/access_tokens",
  "post /app-manifests/{code}/conversions",
  `get ${REPO}/installation`,
  `get ${REPO}`,
  `get ${REPO}/branches/{branch}`,
  `get ${REPO}/branches/{branch}/protection`,
  `get ${REPO}/branches/{branch}/protection/required_status_checks`,
  `get ${REPO}/rules/branches/{branch}`,
  `get ${REPO}/collaborators/{username}/permission`,
  `get ${REPO}/commits/{ref}`,
  `get ${REPO}/commits/{ref}/check-runs`,
  `get ${REPO}/commits/{ref}/check-suites`,
  `get ${REPO}/commits/{ref}/status`,
  `get ${REPO}/commits/{ref}/statuses`,
  `get ${REPO}/compare/{basehead}`,
  `get ${REPO}/contents/{path}`,
  `get ${REPO}/issues`,
  `post ${REPO}/issues`,
  `get ${REPO}/issues/{issue_number}`,
  `patch ${REPO}/issues/{issue_number}`,
  `get ${REPO}/issues/{issue_number}/events`,
  `get ${REPO}/issues/{issue_number}/labels`,
  `post ${REPO}/issues/{issue_number}/labels`,
  `delete ${REPO}/issues/{issue_number}/labels/{name}`,
  `get ${REPO}/issues/{issue_number}/comments`,
  `post ${REPO}/issues/{issue_number}/comments`,
  `get ${REPO}/issues/comments/{comment_id}`,
  `patch ${REPO}/issues/comments/{comment_id}`,
  `delete ${REPO}/issues/comments/{comment_id}`,
  `post ${REPO}/issues/comments/{comment_id}/reactions`,
  `get ${REPO}/issues/{issue_number}/dependencies/blocked_by`,
  `post ${REPO}/issues/{issue_number}/dependencies/blocked_by`,
  `delete ${REPO}/issues/{issue_number}/dependencies/blocked_by/{issue_id}`,
  `get ${REPO}/issues/{issue_number}/dependencies/blocking`,
  `get ${REPO}/actions/runs`,
  `get ${REPO}/actions/runs/{run_id}`,
  `get ${REPO}/actions/runs/{run_id}/jobs`,
  `post ${REPO}/actions/runs/{run_id}/rerun-failed-jobs`,
  `get ${REPO}/actions/jobs/{job_id}`,
  `get ${REPO}/actions/jobs/{job_id}/logs`,
  `get ${REPO}/pulls`,
  `post ${REPO}/pulls`,
  `get ${REPO}/pulls/{pull_number}`,
  `patch ${REPO}/pulls/{pull_number}`,
  `get ${REPO}/pulls/{pull_number}/reviews`,
  `get ${REPO}/pulls/{pull_number}/comments`,
  `post ${REPO}/pulls/{pull_number}/comments/{comment_id}/replies`,
  `put ${REPO}/pulls/{pull_number}/merge`,
  `get ${REPO}/git/ref/{ref}`,
  `delete ${REPO}/git/refs/{ref}`,
  `get ${REPO}/deployments`,
  `get ${REPO}/deployments/{deployment_id}/statuses`,
  `get ${REPO}/pulls/{pull_number}/files`,
  `get ${REPO}/hooks`,
  `post ${REPO}/hooks`,
  `patch ${REPO}/hooks/{hook_id}`,
  `delete ${REPO}/hooks/{hook_id}`,
  `patch ${REPO}/hooks/{hook_id}/config`,
  `get ${REPO}/hooks/{hook_id}/deliveries`,
  `get ${REPO}/labels`,
  `post ${REPO}/labels`,
  `delete ${REPO}/labels/{name}`,
  `get ${REPO}/actions/permissions`,
];

/**
 * Values GitHub is known to send although its description does not list them; without them a true answer would fail the
 * check.
 */
const MISSING_ENUM_VALUES: { schema: string; property: string; add: string[] }[] = [
  { schema: "check-run", property: "conclusion", add: ["stale", "startup_failure"] },
  { schema: "job", property: "conclusion", add: ["stale", "startup_failure"] },
  { schema: "deployment-status", property: "state", add: ["waiting"] },
];

const PROSE = new Set([
  "description",
  "summary",
  "title",
  "example",
  "examples",
  "externalDocs",
  "deprecated",
  "readOnly",
  "discriminator",
]);
const REF_PREFIX = "#/components/schemas/";

const input = process.argv[2];
if (input === undefined) throw new Error("usage: node scripts/extract-openapi.ts <path of api.github.com.json>");
const full = object(JSON.parse(readFileSync(input, "utf8")) as Json);
const fullSchemas = object(object(full.components).schemas);

const paths: { [path: string]: JsonObject } = {};
const schemas: JsonObject = {};
for (const operation of OPERATIONS) {
  const [method = "", path = ""] = operation.split(" ");
  const found = object(full.paths)[path];
  if (found === undefined || object(found)[method] === undefined)
    throw new Error(`the description has no ${operation}`);
  paths[path] = { ...paths[path], [method]: slimOperation(object(object(found)[method])) };
}
for (let grown = true; grown; ) grown = collect([paths, schemas]);
for (const { schema, property, add } of MISSING_ENUM_VALUES)
  widen(object(object(object(schemas[schema]).properties)[property]), add);
mergeEqualSchemas();

const slice = { source: SOURCE, paths, components: { schemas: sorted(schemas) } };
writeFileSync(OUTPUT, `${JSON.stringify(slice, null, 1)}\n`);
console.log(`${OPERATIONS.length} operations, ${Object.keys(schemas).length} schemas`);

function slimOperation(operation: JsonObject): JsonObject {
  const parameters = array(operation.parameters ?? []).map((entry) => {
    const { name, in: where, required, schema } = object(resolve(entry));
    return { name, in: where, required: required ?? false, schema: slim(schema) } as JsonObject;
  });
  const responses: JsonObject = {};
  for (const [status, entry] of Object.entries(object(operation.responses)))
    responses[status] = jsonSchemaOf(object(resolve(entry)));
  const slice: JsonObject = { operationId: operation.operationId ?? "", parameters, responses };
  if (operation.requestBody !== undefined) {
    const body = object(operation.requestBody);
    slice.requestBody = { required: body.required ?? false, ...jsonSchemaOf(body) };
  }
  return slice;
}

function jsonSchemaOf(holder: JsonObject): JsonObject {
  const json = holder.content === undefined ? undefined : object(holder.content)["application/json"];
  return json === undefined ? {} : { schema: slim(object(json).schema) };
}

/**
 * Drops prose, and rewrites `nullable: true`. Names under `properties` are data, so a property called "title" stays.
 */
function slim(node: Json | undefined): Json {
  if (Array.isArray(node)) return node.map(slim);
  if (node === null || typeof node !== "object") return node ?? null;
  const kept: JsonObject = {};
  for (const [key, value] of Object.entries(node)) {
    if (PROSE.has(key) || key === "nullable" || key.startsWith("x-")) continue;
    if (key === "properties")
      kept.properties = Object.fromEntries(Object.entries(object(value)).map(([name, schema]) => [name, slim(schema)]));
    else if (key === "enum" || key === "default" || key === "required") kept[key] = value;
    else kept[key] = slim(value);
  }
  // Where the description's own default, an empty text, is no URI, the empty text is what GitHub sends.
  if (kept.format === "uri" && kept.default === "") delete kept.format;
  return node.nullable === true ? orNull(kept) : kept;
}

function orNull(schema: JsonObject): JsonObject {
  if (typeof schema.type !== "string" || schema.allOf || schema.oneOf || schema.anyOf)
    return { anyOf: [schema, { type: "null" }] };
  const nullable: JsonObject = { ...schema, type: [schema.type, "null"] };
  if (Array.isArray(schema.enum) && !schema.enum.includes(null)) nullable.enum = [...schema.enum, null];
  return nullable;
}

/** Adds every schema referred to and not yet there; true when it added one. */
function collect(root: Json): boolean {
  const missing = new Set<string>();
  visitRefs(root, (name) => {
    if (schemas[name] === undefined) missing.add(name);
    return name;
  });
  for (const name of missing) schemas[name] = slim(fullSchemas[name]);
  return missing.size > 0;
}

/** `nullable-x` is often a copy of `x`: equal schemas are kept once, under the first name, until no two are equal. */
function mergeEqualSchemas(): void {
  for (;;) {
    const firstByText = new Map<string, string>();
    const renamed = new Map<string, string>();
    for (const name of Object.keys(schemas).sort()) {
      const text = JSON.stringify(schemas[name]);
      const first = firstByText.get(text);
      if (first === undefined) firstByText.set(text, name);
      else renamed.set(name, first);
    }
    if (renamed.size === 0) return;
    for (const name of renamed.keys()) delete schemas[name];
    visitRefs([paths, schemas], (name) => renamed.get(name) ?? name);
  }
}

function visitRefs(node: Json, rename: (name: string) => string): void {
  if (Array.isArray(node)) for (const entry of node) visitRefs(entry, rename);
  else if (node !== null && typeof node === "object") {
    if (typeof node.$ref === "string" && node.$ref.startsWith(REF_PREFIX))
      node.$ref = REF_PREFIX + rename(node.$ref.slice(REF_PREFIX.length));
    for (const value of Object.values(node)) visitRefs(value, rename);
  }
}

function widen(property: JsonObject, add: string[]): void {
  const values = array(property.enum ?? null);
  if (add.some((value) => values.includes(value)))
    throw new Error(`the description lists ${add.join(", ")} by now: drop the exception`);
  property.enum = [...values, ...add];
}

function resolve(node: Json): Json {
  const { $ref } = object(node);
  if (typeof $ref !== "string") return node;
  const parts = $ref.replace("#/", "").split("/");
  return parts.reduce<Json>((at, part) => object(at)[part] ?? null, full);
}

function sorted(record: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function object(node: Json | undefined): JsonObject {
  if (node === null || typeof node !== "object" || Array.isArray(node))
    throw new Error(`expected an object, found ${JSON.stringify(node)}`);
  return node;
}

function array(node: Json): Json[] {
  if (!Array.isArray(node)) throw new Error(`expected a list, found ${JSON.stringify(node)}`);
  return node;
}
