/** Where in the file something stands: the offset of a node or a key, and its path in words. */
import { type Document, isAlias, isMap, isNode, isPair, isScalar, isSeq, type Node, visit } from "yaml";
import { visible } from "../core/text.ts";

export interface Place {
  offset: number;
  /** Like `deploy.version_url` or `tests[2]`; `.` for the file as a whole. */
  path: string;
}

export type Step = string | number;

const KEY_CHARACTERS_MAX = 60;

/** `key`: of that key's own place, and not of what it holds. */
export function placeOf(document: Document, where: { path: Step[]; key?: string }): Place {
  let node: unknown = document.contents;
  let offset = offsetOf(node) ?? 0;
  const steps = where.key === undefined ? where.path : [...where.path, where.key];
  for (const [at, step] of steps.entries()) {
    // What an alias stands for was written elsewhere: the alias is what is to be mended.
    if (isAlias(node)) break;
    const key = isMap(node) ? node.items.find((pair) => nameOf(pair.key) === step) : undefined;
    const wantsKey = where.key !== undefined && at === steps.length - 1;
    if (key !== undefined) node = wantsKey ? key.key : (key.value ?? key.key);
    else if (isSeq(node) && typeof step === "number") node = node.items[step];
    else break;
    // What is left empty has no place of its own, and lies where its key does.
    offset = offsetOf(node) ?? offsetOf(key?.key) ?? offset;
  }
  return { offset, path: pathOf(steps) };
}

/** What no file of ours holds, whatever the schema says: a key that is no text, an alias of nothing. */
export function strangeNode(document: Document): (Place & { problem: string }) | null {
  let found: (Place & { problem: string }) | null = null;
  visit(document, (_key, node, ancestors) => {
    const problem = problemOf(document, node);
    if (problem === null) return undefined;
    const offset = offsetOf(isPair(node) ? node.key : node) ?? 0;
    found = { offset, path: pathOf(stepsTo(ancestors)), problem };
    return visit.BREAK;
  });
  return found;
}

function problemOf(document: Document, node: unknown): string | null {
  if (isPair(node) && nameOf(node.key) === null) return "holds a key that is no text";
  return isAlias(node) && node.resolve(document) === undefined ? "holds an alias of nothing before it" : null;
}

/** By the keys of the pairs on the way down; lists on the way are named by what holds them. */
function stepsTo(ancestors: readonly unknown[]): Step[] {
  return ancestors.flatMap((one) => (isPair(one) ? [nameOf(one.key) ?? "?"] : []));
}

function nameOf(key: unknown): string | null {
  return isScalar(key) && typeof key.value === "string" ? key.value : null;
}

function offsetOf(node: unknown): number | null {
  return isNode(node) ? ((node as Node).range?.[0] ?? null) : null;
}

export function pathOf(steps: Step[]): string {
  const text = steps.map((step) => (typeof step === "number" ? `[${step}]` : named(step))).join("");
  return text.replace(/^\./, "") || ".";
}

function named(key: string): string {
  const shown = visible(key)
    .slice(0, KEY_CHARACTERS_MAX)
    .replace(/[\ud800-\udbff]$/, "");
  return /^[\w-]+$/.test(shown) ? `.${shown}` : `[${JSON.stringify(shown)}]`;
}
