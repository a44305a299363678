/**
 * What a ledger holds, each record with its version. A record is parsed when read: one of an older version is migrated
 * (`migrations.ts`), one of a newer is refused with a clear error and never half understood.
 */
import type { Act } from "../core/acts.ts";
import type { Said } from "../core/commands.ts";
import type { FreezeFact, Refusal, Sighting } from "../core/gates.ts";
import type { LiveMemory } from "../core/live.ts";
import type { MarkedRun } from "../core/markers.ts";
import type { Pause } from "../core/pause.ts";
import type { RetryOrder } from "../core/retry.ts";
import type { Run } from "../core/run.ts";
import type { RepoFacts, RepoName } from "../core/types.ts";
import * as z from "../zod.ts";
import { migrated, RecordError, type RecordKind } from "./migrations.ts";

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
  /** `live`: how far what repairs it is live, where its run's rules ask for that. */
  freeze: (FreezeFact & { at: number; run: string; live?: LiveMemory }) | null;
  /** Bells about the repo as a whole. */
  acts: Act[];
  /** When the newest delivery came, a repeated one too, and the newest claim was. Absent: none, or older code wrote it. */
  deliveredAt?: number;
  claimedAt?: number;
  /** What cannot be read, by system, since when, and whether a human was told. */
  troubles: Record<string, Trouble>;
  /** Absent: it is not, or an older code's. */
  paused?: Pause;
  /** The newest comment that was obeyed of those that pause and resume. Absent: none, or an older code's. */
  pauseOrder?: { command: "pause" | "resume"; createdIso: string };
  /** Comments that are still to be read for a command. Absent: none. */
  hearing?: Hearing[];
  /** Candidates that had their turn while others have not, in its order. Absent: none, or an older code's. */
  judged?: number[];
  /** When candidates are to be looked at again, without a wake-up. */
  nextLookAt: number | null;
}

/** A comment a delivery told of, and when; and the digest of its issue's text, where the delivery showed it. */
export interface Hearing {
  comment: string;
  at: number;
  text?: string;
}

export interface Trouble {
  since: number;
  looks: number;
  told: boolean;
  why: string;
  /** It was a token to mend. Absent: it was not, or older code wrote it. */
  auth?: true;
  /** The run whose looks met it. Absent: it was no run's, or older code wrote it. */
  by?: string;
}

/** Of this labelling; null: which one could not be read. */
export type Refused = Refusal & { labelEventId: string | null };

export interface IssueRecord {
  v: 1;
  number: number;
  id: string;
  /** Our runs of it, oldest first. */
  runs: string[];
  refusal: Refused | null;
  /** The last refusal that is its labelling's for good (`isFinal`), whatever else refused it since. Absent: none. */
  lasting?: Refused;
  judgedAt: number;
  comment: Act | null;
  commentId: string | null;
  /** Notifiers that cannot be reached, by name: the issue tells of them. */
  deaf: string[];
  /** What came of the last command on it. Absent: there was none. */
  said?: Said;
  /** The last retry that was ordered and not dropped. Absent: none. */
  retry?: RetryOrder;
  /** Runs that our comment named when it was found again, and this ledger does not know. Absent: none. */
  elsewhere?: MarkedRun[];
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

/** What a shape does not name is not looked at: the record itself is handed on, and not what a shape makes of it. */
const versioned = z.object({ v: z.literal(1) });
/** Of what lies deeper the parts that decide when something is due, and whether it was done. */
const act = z.object({
  key: z.string(),
  deed: z.object({ type: z.string() }),
  after: z.array(z.string()),
  state: z.enum(["pending", "acked", "refused", "cancelled"]),
  tries: z.number(),
  createdAt: z.number(),
  dueAt: z.number(),
  unreadSince: z.optional(z.number()),
});
const table = z.object({});
const name = z.object({ forge: z.string(), owner: z.string(), name: z.string() });
const time = z.nullable(z.number());
const pause = z.object({ at: z.number(), by: z.nullable(z.string()), via: z.enum(["api", "comment"]) });
const repoShape = z.extend(versioned, {
  repo: name,
  facts: z.nullable(table),
  dirty: z.number(),
  done: z.number(),
  dirtyAt: z.number(),
  version: z.number(),
  runs: z.number(),
  active: z.array(z.string()),
  commenting: z.array(z.number()),
  refused: z.array(z.number()),
  freeze: z.nullable(z.object({ issue: z.number(), sha: z.string() })),
  acts: z.array(act),
  troubles: table,
  deliveredAt: z.optional(z.number()),
  claimedAt: z.optional(z.number()),
  nextLookAt: time,
  paused: z.optional(pause),
  pauseOrder: z.optional(z.object({ command: z.enum(["pause", "resume"]), createdIso: z.string() })),
  judged: z.optional(z.array(z.number())),
  hearing: z.optional(z.array(z.object({ comment: z.string(), at: z.number(), text: z.optional(z.string()) }))),
});
const turn = z.object({
  number: z.number(),
  purpose: z.enum(["first", "fix", "update", "review"]),
  sentAt: time,
  acceptedAt: time,
});
const proposal = z.object({
  last: z.nullable(z.object({ number: z.number(), state: z.string(), head: z.string() })),
  answered: z.array(z.string()),
  ignored: z.array(z.string()),
  rounds: z.number(),
  waitingSince: time,
  waitedMs: z.number(),
  holdsRepo: z.boolean(),
  wantsRepo: z.boolean(),
});
const usage = z.object({
  model: z.nullable(z.string()),
  turns: z.record(
    z.string(),
    z.object({
      input: z.number(),
      output: z.number(),
      model: z.optional(z.string()),
      counted: z.optional(z.array(z.string())),
      last: z.optional(z.object({ input: z.number(), output: z.number() })),
    }),
  ),
});
const globs = z.array(z.string());
const rules = z.object({
  landing: z.nullable(z.string()),
  tests: globs,
  deploy: z.object({ type: z.string() }),
  requiredChecks: globs,
  ignoredChecks: globs,
  ci: z.enum(["required", "none"]),
  instructions: z.nullable(z.string()),
  setup: z.nullable(z.string()),
  protectedPaths: globs,
});
const runShape = z.extend(versioned, {
  id: z.string(),
  repo: name,
  issue: z.object({ id: z.string(), number: z.number() }),
  labelEvent: z.object({ id: z.string(), atIso: z.string() }),
  claim: z.number(),
  labels: table,
  limits: table,
  rules: z.optional(rules),
  evidence: z.optional(z.string()),
  repairs: z.optional(z.literal(true)),
  branch: z.string(),
  trunk: z.string(),
  proposal: z.optional(proposal),
  base: z.string(),
  baseChecks: z.array(z.string()),
  startedAt: z.number(),
  environment: z.nullable(z.string()),
  threads: z.array(z.string()),
  turns: z.array(turn),
  attempts: z.number(),
  firstRedAt: time,
  answered: z.array(z.string()),
  commits: z.array(z.string()),
  requests: z.array(z.string()),
  reruns: z.record(z.string(), z.number()),
  claimed: table,
  seen: table,
  looks: table,
  fenceBeforeWithdraw: z.boolean(),
  fencedFor: z.optional(z.string()),
  stop: z.optional(z.object({ by: z.string() })),
  released: z.optional(z.object({ by: z.string() })),
  gateRefusal: z.nullable(z.string()),
  interruptedAt: time,
  spend: table,
  usage: z.optional(usage),
  outcome: z.nullable(z.object({ type: z.string(), reason: table })),
  settledAt: time,
  nextLookAt: z.number(),
  acts: z.array(act),
  log: z.array(table),
  messages: z.record(z.string(), z.string()),
});
/** What a labelling of ours is trusted by. */
const retryOrder = z.object({
  comment: z.string(),
  by: z.object({ id: z.string(), login: z.string(), kind: z.enum(["person", "bot", "unknown"]) }),
  atIso: z.string(),
  text: z.nullable(z.string()),
  event: z.nullable(z.string()),
});
const issueShape = z.extend(versioned, {
  number: z.number(),
  id: z.string(),
  runs: z.array(z.string()),
  refusal: z.nullable(z.object({ code: z.string(), reason: z.string() })),
  judgedAt: z.number(),
  comment: z.nullable(act),
  commentId: z.nullable(z.string()),
  deaf: z.array(z.string()),
  said: z.optional(z.object({ command: z.string(), by: z.string() })),
  retry: z.optional(retryOrder),
  elsewhere: z.optional(z.array(z.object({ run: z.string(), labelEvent: z.string() }))),
});
const eventShape = z.extend(versioned, { runId: z.string(), claim: z.number(), consumed: z.boolean() });

const sightingsShape = z.extend(versioned, { seen: z.array(z.object({ text: z.string(), updatedIso: z.string() })) });

/** `where` names the record for a person: its kind, and which of them. */
type Parse<T> = (value: unknown, where?: string) => T | null;

export const parseRepo = parser<RepoRecord>(repoShape, "repo");
export const parseRun = parser<Run>(runShape, "run");
export const parseIssue = parser<IssueRecord>(issueShape, "issue");
export const parseSightings = parser<SightingsRecord>(sightingsShape, "sightings");
export const parseEvent = parser<EventRecord>(eventShape, "label event");

/** What nobody can change is looked at once: a look reads the same records many times. */
const checked = new WeakSet<object>();

function parser<T>(shape: z.core.$ZodType, kind: RecordKind): Parse<T> {
  return (stored, where = kind) => {
    if (stored === undefined || stored === null) return null;
    if (typeof stored === "object" && checked.has(stored)) return stored as T;
    const value = migrated(kind, stored, where);
    const parsed = z.safeParse(shape, value);
    if (!parsed.success) throw new RecordError(`the ${where} record is damaged: ${whereOf(parsed.error)}`);
    if (value === stored && Object.isFrozen(value)) checked.add(stored as object);
    return value as T;
  };
}

/** Never the value: it may be somebody's text. */
function whereOf(error: z.core.$ZodError): string {
  const [issue] = error.issues;
  return `${issue?.path.join(".") || "it"}: ${issue?.message ?? "not understood"}`;
}
