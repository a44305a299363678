/**
 * Arbitrary damage to a valid JSON value, as the text that would come over the wire. A step names a place by a number,
 * so that one drawn mutation fits any value:
 *
 *   delete, replace, wrap, unwrap, swap, rename, repeat, empty, clip ... of one node of the tree
 *   pollute, duplicate ................................................ a key that is not a plain one
 *
 * What no value can hold (a number beyond all numbers, a key said twice) is written as a mark and put in afterwards.
 */
import fc from "fast-check";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export interface Step {
  kind: (typeof KINDS)[number];
  /** Which node: see `pathTo`. */
  at: number;
  /** A second node, where a step needs one. */
  other: number;
  value: Json;
}

const KINDS = [
  "delete",
  "replace",
  "wrap",
  "unwrap",
  "swap",
  "rename",
  "repeat",
  "empty",
  "clip",
  "pollute",
  "duplicate",
] as const;

const MARK = "\u0001raw:";
/** Octokit's JSON parser turns each array into a text: what is deeper takes it seconds. `mutate` has deeper ones. */
const DEPTH = 200;
const POLLUTION = ["__proto__", "constructor", "prototype", "toString", "then", "hasOwnProperty", ""];

/** Values that are wrong nearly everywhere. */
const odd: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(null, true, false, 0, -0, -1, 1.5, 2 ** 53, 1e21, Number.MAX_VALUE, "", " ", "0", "null"),
  fc.constantFrom<Json>("\0", "\ud800", "\udfff\ud800", "\uFEFF", "a\r\nb", "__proto__", "../..", "%00", "1e999"),
  fc.constantFrom<Json>(
    [],
    {},
    [[]],
    [null],
    { "": null },
    `${MARK}1e400`,
    `${MARK}-1e400`,
    `${MARK}12345678901234567890`,
  ),
  fc.constant<Json>(`${MARK}${"[".repeat(DEPTH)}${"]".repeat(DEPTH)}`),
  fc.constant<Json>("x".repeat(70_000)),
  fc.string({ unit: "binary" }).map((text): Json => text),
  fc.integer().map((number): Json => number),
);

export const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(...KINDS),
  at: fc.nat(2 ** 31 - 1),
  other: fc.nat(2 ** 31 - 1),
  value: odd,
});

export const steps = fc.array(step, { minLength: 1, maxLength: 3 });

/** The text of `value` after these steps. */
export function mutatedJson(value: Json, all: Step[]): string {
  const damaged = all.reduce(applied, value);
  const text = JSON.stringify(damaged) ?? "";
  return text
    .replaceAll(/"\\u0001raw:([^"]*)"/g, (_whole, raw: string) => raw)
    .replaceAll(/"\\u0001twice:([^"]*)"/g, (_whole, key: string) => `"${key}"`);
}

type Path = (string | number)[];

/** Down from the root, at each node by the rest of a division: to stop there or into which child. Shallow is likelier. */
function pathTo(value: Json, choice: number): Path {
  if (typeof value !== "object" || value === null) return [];
  const entries: [string | number, Json][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  const [key, child] = entries[(choice % (entries.length + 1)) - 1] ?? [];
  if (key === undefined || child === undefined) return [];
  return [key, ...pathTo(child, Math.floor(choice / (entries.length + 1)))];
}

function at(value: Json, path: Path): Json {
  return path.reduce<Json>((node, key) => childOf(node, key) ?? null, value);
}

function childOf(node: Json, key: string | number): Json | undefined {
  if (Array.isArray(node)) return node[Number(key)];
  return typeof node === "object" && node !== null
    ? Object.entries(node).find(([name]) => name === key)?.[1]
    : undefined;
}

/** `change` gets the node at the path and gives what stands there instead; null: nothing does. */
function changed(value: Json, [key, ...rest]: Path, change: (node: Json) => { value: Json } | null): Json {
  if (key === undefined) return change(value)?.value ?? null;
  if (Array.isArray(value))
    return value.flatMap((child, index) => (index === key ? childAfter(child, rest, change) : [child]));
  if (typeof value !== "object" || value === null) return value;
  return entriesToObject(
    Object.entries(value).flatMap(([name, child]): [string, Json][] =>
      name === key ? childAfter(child, rest, change).map((one) => [name, one]) : [[name, child]],
    ),
  );
}

function childAfter(child: Json, rest: Path, change: (node: Json) => { value: Json } | null): Json[] {
  if (rest.length > 0) return [changed(child, rest, change)];
  const next = change(child);
  return next === null ? [] : [next.value];
}

/** Own keys, also one called `__proto__`. */
function entriesToObject(entries: [string, Json][]): Json {
  return Object.fromEntries(entries);
}

function applied(value: Json, { kind, at: first, other, value: odd }: Step): Json {
  const path = pathTo(value, first);
  const second = pathTo(value, other);
  const name = POLLUTION[other % POLLUTION.length] ?? "";
  const put = (next: (node: Json) => Json) => changed(value, path, (node) => ({ value: next(node) }));
  switch (kind) {
    case "delete":
      return changed(value, path, () => null);
    case "replace":
      return put(() => odd);
    case "wrap":
      return put((node) => (other % 2 === 0 ? [node] : { value: node }));
    case "unwrap":
      return put((node) =>
        typeof node === "object" && node !== null ? (Object.values(node)[0] ?? null) : [node, node],
      );
    case "swap":
      return put(() => at(value, second));
    case "rename":
      return put((node) => withKeys(node, (keys) => keys.map((key, index) => (index === 0 ? name : key))));
    case "repeat":
      return put((node) => (Array.isArray(node) ? [...node, ...node] : node));
    case "empty":
      return put((node) => (Array.isArray(node) ? [] : typeof node === "object" ? {} : ""));
    case "clip":
      return put((node) => (isClippable(node) ? node.slice(0, other % (node.length + 1)) : node));
    case "pollute":
      return put((node) => withEntry(node, name, { polluted: true, ...(typeof odd === "object" ? {} : { id: odd }) }));
    case "duplicate":
      return put((node) => duplicated(node, odd));
    default:
      return kind satisfies never;
  }
}

/** Half a mark would be no JSON. */
function isClippable(node: Json): node is string {
  return typeof node === "string" && !node.startsWith(MARK);
}

function isObject(node: Json): node is { [key: string]: Json } {
  return typeof node === "object" && node !== null && !Array.isArray(node);
}

function withKeys(node: Json, rename: (keys: string[]) => string[]): Json {
  if (!isObject(node)) return node;
  const values = Object.values(node);
  return entriesToObject(rename(Object.keys(node)).map((key, index) => [key, values[index] ?? null]));
}

function withEntry(node: Json, key: string, value: Json): Json {
  return isObject(node)
    ? entriesToObject([...Object.entries(node).filter(([name]) => name !== key), [key, value]])
    : node;
}

/** The first key once more, with another value: the last one counts. */
function duplicated(node: Json, value: Json): Json {
  const key = isObject(node) ? Object.keys(node)[0] : undefined;
  return key === undefined || /["\\\p{Cc}]/u.test(key) ? node : withEntry(node, `\u0001twice:${key}`, value);
}
