/**
 * JSON of a text that was read before in the same world: the very same value, frozen through and through. Most reads of a
 * forge tell what the last one told. Whoever changes what he was given throws, where a real parser's reader would not.
 */
const parse = JSON.parse;
const values = new Map<string, unknown>();
const kept = new WeakSet<object>();

export function parsedOnce(text: string): unknown {
  const known = values.get(text);
  if (known !== undefined) return known;
  const value: unknown = parse(text);
  values.set(text, frozen(value));
  return value;
}

/** Whether nothing in it can ever change. */
export function isKept(value: object): boolean {
  return kept.has(value);
}

/** In place: a value of JSON, or of what was made of one. */
export function frozen<T>(value: T): T {
  if (typeof value !== "object" || value === null || kept.has(value)) return value;
  if (Array.isArray(value)) for (const one of value) frozen(one);
  else for (const key in value) frozen(value[key]);
  kept.add(Object.freeze(value));
  return value;
}

/** A new world: nothing of the last one is asked for again. */
export function forgetTexts(): void {
  values.clear();
}
