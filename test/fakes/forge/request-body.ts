/** Reading what a client sent, without trusting its shape. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

export function field(body: unknown, name: string): unknown {
  return isRecord(body) ? body[name] : undefined;
}

/** Label names, sent as text or as objects with a name; undefined when any of them is neither. */
export function namesOf(list: unknown): string[] | undefined {
  if (!Array.isArray(list)) return undefined;
  const names = list.map((entry: unknown) => (typeof entry === "string" ? entry : field(entry, "name")));
  return names.every((name) => typeof name === "string" && name.trim() !== "") ? names.map(String) : undefined;
}
