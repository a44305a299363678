/**
 * Versions of what is stored, and how a record of an older one is read: by one table, step by step, each time it is read.
 * Nothing is rewritten for its own sake: a record is stored in its new form when something is next stored in it.
 *
 * A change that older code would misread raises the kind's version and STATE_VERSION, and brings its step and a fixture
 * (test/fixtures/state). A field that may be absent changes no version.
 */
export const RECORD_VERSIONS = { repo: 1, run: 1, issue: 1, "label event": 1, sightings: 1, fleet: 1 } as const;

export type RecordKind = keyof typeof RECORD_VERSIONS;

/** Of all records together: what a backup and a state folder say of themselves. */
export const STATE_VERSION = 1;

export interface Versioned {
  v: number;
  [field: string]: unknown;
}

export interface Migration {
  kind: RecordKind;
  from: number;
  to: number;
  /** Pure: gives a new record and leaves the old one as it was. */
  migrate(record: Versioned): Versioned;
}

export const MIGRATIONS: readonly Migration[] = [];

/** Thrown for a record this code does not understand; nothing is decided on it, and nothing is written over it. */
export class RecordError extends Error {}

/** The record in this code's version. What carries no version is handed on: its shape is looked at next. */
export function migrated(
  kind: RecordKind,
  value: unknown,
  where: string = kind,
  table: readonly Migration[] = MIGRATIONS,
  current: number = RECORD_VERSIONS[kind],
): unknown {
  if (!isVersioned(value) || value.v === current) return value;
  if (value.v > current)
    throw new RecordError(
      `the ${where} record has version ${value.v} and this release reads version ${current}: run the newer release that wrote it, or restore a backup made before that; until then nothing is decided on it and nothing is written over it`,
    );
  const step = table.find((one) => one.kind === kind && one.from === value.v);
  if (!step || step.to <= step.from)
    throw new RecordError(`the ${where} record has version ${value.v}, which this release cannot read`);
  return migrated(kind, { ...step.migrate(value), v: step.to }, where, table, current);
}

function isVersioned(value: unknown): value is Versioned {
  return typeof value === "object" && value !== null && "v" in value && Number.isInteger(value.v);
}
