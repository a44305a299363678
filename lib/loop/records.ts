/**
 * What a ledger holds, each record with its version. A record is parsed when read: one from a newer version of the
 * code is refused with a clear error and never half understood.
 */
import * as z from "zod";
import type { Act } from "../core/acts.ts";
import type { FreezeFact, Refusal, Sighting } from "../core/gates.ts";
import type { Run } from "../core/run.ts";
import type { RepoFacts, RepoName } from "../core/types.ts";

export interface RepoRecord {
  v: 1;
  repo: RepoName;
  /** The forge's id and facts, stored at first contact. */
  facts: RepoFacts | null;
  /** Counts wake-ups; `done` is the count a reconcile had when it began. Dirty while they differ. */
  dirty: number;
  done: number;
  dirtyAt: number;
  /** Changes with every decision: the deciding transaction compares it. */
  version: number;
  runs: number;
  /** Runs not settled, or with acts still pending. */
  active: string[];
  /** Issues whose comment is still to be written. */
  commenting: number[];
  /** Issues that stand refused. */
  refused: number[];
  freeze: (FreezeFact & { at: number; run: string }) | null;
  /** Bells about the repo as a whole. */
  acts: Act[];
  /** What cannot be read, by system, since when, and whether a human was told. */
  troubles: Record<string, Trouble>;
  /** When candidates are to be looked at again, without a wake-up. */
  nextLookAt: number | null;
}

export interface Trouble {
  since: number;
  looks: number;
  told: boolean;
  why: string;
}

export interface IssueRecord {
  v: 1;
  number: number;
  id: string;
  /** Our runs of it, oldest first. */
  runs: string[];
  refusal: (Refusal & { labelEventId: string | null }) | null;
  judgedAt: number;
  comment: Act | null;
  commentId: string | null;
  /** Pending and refused acts told on the issue, by notifier. */
  deaf: string[];
}

/** A label event's fate. Given back, it may be claimed again, under another run id. */
export interface EventRecord {
  v: 1;
  runId: string;
  claim: number;
  consumed: boolean;
}

/** See `sightings.ts`. */
export interface SightingsRecord {
  v: 1;
  seen: Sighting[];
}

const versioned = z.looseObject({ v: z.literal(1) });
const repoShape = versioned.extend({
  dirty: z.number(),
  done: z.number(),
  version: z.number(),
  active: z.array(z.string()),
});
const runShape = versioned.extend({ id: z.string(), acts: z.array(z.unknown()), turns: z.array(z.unknown()) });
const issueShape = versioned.extend({ number: z.number(), runs: z.array(z.string()) });
const eventShape = versioned.extend({ runId: z.string(), claim: z.number(), consumed: z.boolean() });

const sightingsShape = versioned.extend({ seen: z.array(z.object({ text: z.string(), updatedIso: z.string() })) });

/** Thrown for a record this code does not understand; nothing is decided on it. */
export class RecordError extends Error {}

export const parseRepo = (value: unknown) => parse<RepoRecord>(repoShape, value, "repo");
export const parseRun = (value: unknown) => parse<Run>(runShape, value, "run");
export const parseIssue = (value: unknown) => parse<IssueRecord>(issueShape, value, "issue");
export const parseSightings = (value: unknown) => parse<SightingsRecord>(sightingsShape, value, "sightings");
export const parseEvent = (value: unknown) => parse<EventRecord>(eventShape, value, "label event");

function parse<T>(shape: z.ZodType, value: unknown, kind: string): T | null {
  if (value === undefined || value === null) return null;
  const version = typeof value === "object" && "v" in value ? value.v : undefined;
  if (typeof version === "number" && version > 1)
    throw new RecordError(
      `this ${kind} record has version ${version}, this code reads version 1: run the newer release`,
    );
  const parsed = shape.safeParse(value);
  if (!parsed.success)
    throw new RecordError(`this ${kind} record is damaged: ${parsed.error.issues[0]?.message ?? "?"}`);
  return value as T;
}
