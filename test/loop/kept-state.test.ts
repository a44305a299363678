/** Every record that a release ever wrote, as its state was kept, is read by the code of today. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { deserialize } from "node:v8";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { parseFleet } from "../../lib/loop/fleet-book.ts";
import { RECORD_VERSIONS, type RecordKind } from "../../lib/loop/migrations.ts";
import { parseEvent, parseIssue, parseRepo, parseRun, parseSightings } from "../../lib/loop/records.ts";
import { readBackup } from "../../scripts/state/backup-file.ts";

const fixtures = join(import.meta.dirname, "../fixtures/state");
const files = readdirSync(fixtures).filter((name) => name.endsWith(".backup.gz"));
const work = mkdtempSync(join(tmpdir(), "afk-kept-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const PARSERS: [prefix: string, kind: RecordKind, parse: (value: unknown) => unknown][] = [
  ["run:", "run", parseRun],
  ["issue:", "issue", parseIssue],
  ["event:", "label event", parseEvent],
  ["sightings:", "sightings", parseSightings],
];

/** Keys and values of every object, as workerd stored them. */
function entriesOf(name: string): [key: string, value: unknown][] {
  const file = join(work, name);
  writeFileSync(file, gunzipSync(readFileSync(join(fixtures, name))));
  return readBackup(file).files.flatMap(({ path, content }, index) => {
    const copy = join(work, `${name}-${index}.sqlite`);
    writeFileSync(copy, content);
    const database = new DatabaseSync(copy);
    const stored = path.endsWith("metadata.sqlite") ? [] : database.prepare("SELECT key, value FROM _cf_KV").all();
    database.close();
    return stored.map(({ key, value }): [string, unknown] => [
      String(key),
      deserialize(Buffer.from(value as Uint8Array)),
    ]);
  });
}

function kindOf(key: string): [RecordKind, (value: unknown) => unknown] | null {
  if (key === "repo") return ["repo", parseRepo];
  if (key === "fleet") return ["fleet", parseFleet];
  const found = PARSERS.find(([prefix]) => key.startsWith(prefix));
  return found ? [found[1], found[2]] : null;
}

describe.each(files)("%s", (name) => {
  const records = entriesOf(name).flatMap(([key, value]) => {
    const kind = kindOf(key);
    return kind ? [{ key, value, kind: kind[0], parse: kind[1] }] : [];
  });

  it("is read whole: every record in today's version", () => {
    for (const { key, value, kind, parse } of records)
      expect(parse(value), key).toMatchObject({ v: RECORD_VERSIONS[kind] });
  });

  it("holds each kind of record that its forge has", () => {
    const kinds = new Set(records.map(({ kind }) => kind));
    const none = name.includes("forgejo") ? [] : ["sightings"];
    for (const kind of Object.keys(RECORD_VERSIONS).filter((one) => !none.includes(one))) expect(kinds).toContain(kind);
  });
});

it("there is state of the first release, of either forge", () => {
  expect(files).toEqual(expect.arrayContaining(["0.1.0-forgejo.backup.gz", "0.1.0-github.backup.gz"]));
});
