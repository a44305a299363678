/**
 * Does one request and its answer agree with GitHub's own description? An empty list means yes; else each entry is a
 * sentence.
 *
 *   route ............. must be one of the slice's operations (and POST /graphql, which no OpenAPI description covers)
 *   query ............. no unknown parameter, required ones there, each of its type and among its listed values
 *   request body ...... no unknown key at any depth (the description itself forbids none), and true to its schema
 *   status ............ described for the operation, or one of the refusals GitHub gives on any route
 *   response body ..... true to the schema of that status
 */
import { dereference, type Schema, validate } from "@cfworker/json-schema";
import slice from "./github-openapi.json" with { type: "json" };

export type ExchangeToCheck = {
  method: string;
  path: string;
  query: URLSearchParams;
  requestBody?: unknown;
  /** Left out, the request alone is checked: nobody answered, or a fault did. */
  status?: number | undefined;
  responseBody?: unknown;
};

type Parameter = { name: string; in: string; required: boolean; schema: Schema };
type Operation = {
  operationId: string;
  parameters: Parameter[];
  requestBody?: { required: boolean; schema?: Schema };
  responses: Record<string, { schema?: Schema }>;
};

/** GitHub answers these on any route, whatever its description lists; their body is always an error with a message. */
const REFUSALS = [301, 307, 400, 401, 403, 404, 410, 422, 429, 500, 502, 503];

const paths = slice.paths as unknown as Record<string, Record<string, Operation>>;
const schemas = slice.components.schemas as unknown as Record<string, Schema>;
const lookup = dereference(slice as unknown as Schema);
const templates = Object.keys(paths).map((path) => ({ path, parts: path.split("/") }));

export function validateExchange(exchange: ExchangeToCheck): string[] {
  const { method, path } = exchange;
  if (method === "POST" && path === "/graphql") return graphqlProblems(exchange);
  const operation = operationOf(method, path);
  if (operation === undefined) return [`${method} ${path}: not an operation of the slice`];
  const problems = [
    ...queryProblems(operation, exchange.query),
    ...requestBodyProblems(operation, exchange.requestBody),
    ...(exchange.status === undefined ? [] : responseProblems(operation, exchange.status, exchange.responseBody)),
  ];
  return problems.map((problem) => `${method} ${path} ${exchange.status ?? "unanswered"}: ${problem}`);
}

/** The name GitHub's description gives to what a method and path ask for. */
export function operationIdOf(method: string, path: string): string | undefined {
  return operationOf(method, path)?.operationId;
}

/**
 * The operation a method and path name; a literal segment wins over a parameter, so `/issues/comments/{id}` is not an
 * issue number.
 */
function operationOf(method: string, path: string): Operation | undefined {
  const asked = path.replace(/^\/repositories\/\d+/, "/repos/{owner}/{repo}").split("/");
  const matching = templates
    .filter(
      ({ parts }) =>
        parts.length === asked.length &&
        parts.every((part, at) => part === asked[at] || (part.startsWith("{") && asked[at] !== "")),
    )
    .sort((a, b) => parameterCount(a.parts) - parameterCount(b.parts));
  const best = matching[0];
  return best === undefined ? undefined : paths[best.path]?.[method.toLowerCase()];
}

function parameterCount(parts: string[]): number {
  return parts.filter((part) => part.startsWith("{")).length;
}

function queryProblems(operation: Operation, query: URLSearchParams): string[] {
  const known = operation.parameters.filter((parameter) => parameter.in === "query");
  const problems: string[] = [];
  for (const name of new Set(query.keys())) {
    if (!known.some((parameter) => parameter.name === name)) problems.push(`unknown query parameter ${name}`);
  }
  for (const { name, required, schema } of known) {
    const text = query.get(name);
    if (text === null && required) problems.push(`query parameter ${name} is missing`);
    if (text !== null) problems.push(...schemaProblems(`query parameter ${name}`, typed(text, schema), schema));
  }
  return problems;
}

/** A query holds only text; what the schema calls a number or a boolean is read as one when it looks like one. */
function typed(text: string, schema: Schema): unknown {
  const wanted = [schema.type].flat();
  if ((wanted.includes("integer") || wanted.includes("number")) && /^-?\d+$/.test(text)) return Number(text);
  if (wanted.includes("boolean") && (text === "true" || text === "false")) return text === "true";
  return text;
}

function requestBodyProblems(operation: Operation, body: unknown): string[] {
  if (operation.requestBody === undefined) return body === undefined ? [] : ["a body is sent where none is described"];
  const { required, schema } = operation.requestBody;
  if (body === undefined) return required ? ["the request body is missing"] : [];
  if (schema === undefined) return [];
  return [...unknownKeys(body, schema, "request body"), ...schemaProblems("request body", body, schema)];
}

function unknownKeys(value: unknown, schema: Schema, at: string): string[] {
  if (Array.isArray(value)) {
    const items = alternatives(schema).flatMap((each) => (isSchema(each.items) ? [each.items] : []));
    return items.length === 0
      ? []
      : value.flatMap((entry, index) => unknownKeys(entry, { anyOf: items }, `${at}/${index}`));
  }
  if (value === null || typeof value !== "object") return [];
  const known = new Map<string, Schema[]>();
  for (const each of alternatives(schema)) {
    for (const [name, property] of Object.entries(each.properties ?? {}))
      known.set(name, [...(known.get(name) ?? []), property as Schema]);
  }
  return Object.entries(value).flatMap(([name, inner]) => {
    const properties = known.get(name);
    return properties === undefined
      ? [`${at}: unknown key ${name}`]
      : unknownKeys(inner, { anyOf: properties }, `${at}/${name}`);
  });
}

/** The schema itself, and all it may stand for through a reference, anyOf, oneOf or allOf. */
function alternatives(schema: Schema): Schema[] {
  const referred = schema.$ref === undefined ? undefined : schemas[schema.$ref.replace("#/components/schemas/", "")];
  const inner = [
    ...(referred ? [referred] : []),
    ...(schema.anyOf ?? []),
    ...(schema.oneOf ?? []),
    ...(schema.allOf ?? []),
  ];
  return [schema, ...inner.filter(isSchema).flatMap(alternatives)];
}

function isSchema(value: unknown): value is Schema {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function responseProblems(operation: Operation, status: number, responseBody: unknown): string[] {
  const described = operation.responses[String(status)];
  if (described !== undefined) {
    if (described.schema === undefined)
      return isEmpty(responseBody) ? [] : [`a body is answered where none is described`];
    return schemaProblems("response body", responseBody ?? null, described.schema);
  }
  if (status === 304) return isEmpty(responseBody) ? [] : ["a 304 carries no body"];
  if (!REFUSALS.includes(status)) return ["this status is not described"];
  const basicError: Schema = { type: "object", required: ["message"], properties: { message: { type: "string" } } };
  return schemaProblems("response body", responseBody ?? null, basicError);
}

function isEmpty(body: unknown): boolean {
  return body === undefined || body === null || body === "";
}

function graphqlProblems({ requestBody, responseBody, status }: ExchangeToCheck): string[] {
  const request: Schema = {
    type: "object",
    required: ["query"],
    additionalProperties: false,
    properties: { query: { type: "string" }, variables: { type: "object" }, operationName: { type: "string" } },
  };
  const response: Schema = {
    type: "object",
    anyOf: [{ required: ["data"] }, { required: ["errors"] }, { required: ["message"] }],
  };
  return [
    ...schemaProblems("graphql request", requestBody ?? null, request),
    ...(status === undefined ? [] : schemaProblems("graphql response", responseBody ?? null, response)),
  ].map((problem) => `POST /graphql ${status ?? "unanswered"}: ${problem}`);
}

function schemaProblems(what: string, value: unknown, schema: Schema): string[] {
  const { valid, errors } = validate(value, schema, "2019-09", lookup, false);
  if (valid) return [];
  // The first error repeats the whole; the deepest says what is wrong and where.
  const deepest = [...errors].sort((a, b) => b.instanceLocation.length - a.instanceLocation.length).slice(0, 3);
  return deepest.map(({ instanceLocation, error }) => `${what} ${instanceLocation}: ${error}`);
}
