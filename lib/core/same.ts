/** Whether two values of plain data say the same; a field that is undefined is none. */
export function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (!isTable(one) || !isTable(other) || Array.isArray(one) !== Array.isArray(other)) return false;
  const names = namesIn(one);
  return names.length === namesIn(other).length && names.every((name) => isSame(one[name], other[name]));
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function namesIn(table: Record<string, unknown>): string[] {
  return Object.keys(table).filter((name) => table[name] !== undefined);
}
