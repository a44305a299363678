/** What changed between two JSON values, by path: histories hold a run once and then only what changed in it. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** By path from the root, its names joined by "/"; null: as it stands there; "(gone)": no longer there. */
export type Patch = Record<string, Json>;

const GONE = "(gone)";

export function patchOf(before: Json, after: Json, path: string[] = []): Patch {
  if (JSON.stringify(before) === JSON.stringify(after)) return {};
  if (!mergeable(before, after)) return { [path.join("/")]: after };
  const [old, fresh] = [new Map(entries(before)), new Map(entries(after))];
  let patch: Patch = {};
  for (const [key, value] of fresh) {
    const held = old.get(key);
    const at = [...path, key];
    patch = { ...patch, ...(held === undefined ? { [at.join("/")]: value } : patchOf(held, value, at)) };
  }
  for (const key of old.keys()) if (!fresh.has(key)) patch[[...path, key].join("/")] = GONE;
  return patch;
}

export function patched(value: Json, patch: Patch): Json {
  let next = structuredClone(value);
  for (const [path, change] of Object.entries(patch)) {
    if (path === "") next = change;
    else set(next, path.split("/"), change);
  }
  return next;
}

function set(within: Json, [key = "", ...rest]: string[], change: Json): void {
  if (within === null || typeof within !== "object") throw new Error(`no place for ${key}`);
  const place = within as Record<string, Json>;
  const held = place[key];
  if (rest.length > 0 && held !== undefined) set(held, rest, change);
  else if (change === GONE) delete place[key];
  else place[key] = change;
}

/** Arrays that grow or change in place; one that shrinks is told anew. */
function mergeable(before: Json, after: Json): boolean {
  if (Array.isArray(before) && Array.isArray(after)) return after.length >= before.length;
  return isObject(before) && isObject(after);
}

function isObject(value: Json): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function entries(value: Json): [string, Json][] {
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}
