/**
 * One name for one thing, whatever the machine, the port and the day: ids and shas by the order in which they first
 * appear, times counted from one fixed day. Done on the text, so that what the core itself takes apart (a sha's first
 * twelve letters, a branch name) still fits.
 */
const DAY_MS = Date.parse("2100-01-01T00:00:00.000Z");
const ISO = /\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;

/** Of all lines of one scenario, oldest first; `from`: a moment of it. */
export function renamed(text: string, dir: string, from: number): string {
  const offsetMs = DAY_MS - Math.floor(from / 1000) * 1000;
  const shas = new Map<string, string>();
  const ids = new Map<string, string>();
  return text
    .replaceAll(dir, "/rehearsal")
    .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:1")
    .replaceAll(/\b[0-9a-f]{64}\b/g, (digest) => nth(ids, digest, "d", 64))
    .replaceAll(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, (uuid) => `uuid-${nth(ids, uuid, "", 1)}`)
    .replaceAll(/\b[0-9a-f]{40}\b/g, (sha) => nth(shas, sha, "", 12).padEnd(40, "0"))
    .replaceAll(/\b[0-9a-f]{12}\b/g, (start) => [...shas].find(([sha]) => sha.startsWith(start))?.[1] ?? start)
    .replaceAll(/\b[0-9a-f]{16}\b/g, (id) => nth(ids, id, "", 16))
    .replaceAll(ISO, (iso) => shifted(iso, offsetMs))
    .replaceAll(/(?<=[:,[])1[789]\d{11}(?=[,}\]])/g, (ms) => String(Number(ms) + offsetMs));
}

function nth(names: Map<string, string>, name: string, letter: string, width: number): string {
  const known = names.get(name) ?? `${letter}${String(names.size + 1).padStart(width - letter.length, "0")}`;
  names.set(name, known);
  return known;
}

/** With fractions as it had them. */
function shifted(iso: string, offsetMs: number): string {
  const moved = new Date(Date.parse(iso) + offsetMs).toISOString();
  return iso.includes(".") ? moved : moved.replace(/\.\d+Z$/, "Z");
}
