/**
 * Copies as storage and calls between objects make them: structured cloning, several times faster for plain data. A
 * copy is frozen: it is never copied again, and whoever changes what he was given throws, where a real platform would
 * lose his change. Nobody else here freezes anything, so that what is frozen is so throughout.
 */
import { types } from "node:util";

/** Cloudflare's limit on one value, in bytes; by characters, since counting bytes costs too much. */
const STORED_CHARS_MAX = 2_000_000;

/** One copy's characters so far; parts that were copied before are not counted again. */
interface Weight {
  chars: number;
}

export function copyOf(value: unknown): unknown {
  return copied(value, null);
}

/** The same, and nothing too big to be stored; a proxy, which nothing stored can hold, is looked for here alone. */
export function storedCopyOf(value: unknown): unknown {
  const weight = { chars: 0 };
  const copy = copied(value, weight);
  if (weight.chars > STORED_CHARS_MAX) throw new RangeError(`too big to be stored: ${weight.chars} characters`);
  return copy;
}

function copied(value: unknown, weight: Weight | null): unknown {
  if (weight !== null && typeof value === "string") weight.chars += value.length;
  if (typeof value !== "object" || value === null)
    return typeof value === "function" || typeof value === "symbol" ? structuredClone(value) : value;
  if (Object.isFrozen(value)) return value;
  const copy = Array.isArray(value) ? value.map((one) => copied(one, weight)) : copyOfObject(value, weight);
  if (copy === null) return structuredClone(value);
  return Object.freeze(copy);
}

/** Null: structured cloning says no to what it cannot clone, in its own words. */
function copyOfObject(value: object, weight: Weight | null): object | null {
  if (Object.getPrototypeOf(value) !== Object.prototype || (weight !== null && types.isProxy(value))) return null;
  // Spread keeps a field called __proto__ a field.
  const copy: Record<string, unknown> = { ...value };
  for (const symbol of Object.getOwnPropertySymbols(copy)) Reflect.deleteProperty(copy, symbol);
  for (const key of Object.keys(copy)) {
    const part = copy[key];
    if (
      typeof part === "string" ||
      typeof part === "object" ||
      typeof part === "function" ||
      typeof part === "symbol"
    ) {
      const one = copied(part, weight);
      if (one !== part) copy[key] = one;
    }
  }
  return copy;
}
