/** The ports' types as schemas: what an adapter may hand on, whatever it was told. Every object is strict. */
import * as z from "zod";

const WHY_CHARS_MAX = 500;

const why = z.string().min(1).max(WHY_CHARS_MAX);
export const id = z.string().min(1);
export const text = z.string();
export const number = z.int().positive();
export const time = z.int();
const sha = z.string().regex(/^[0-9a-f]{4,64}$/);
/** A time that compares: one that does not parse is later and earlier than nothing. */
const iso = z.string().refine((value) => !Number.isNaN(Date.parse(value)), "not a time");
const state = z.enum(["open", "closed"]);

export function reading(value: z.ZodType): z.ZodType {
  return z.discriminatedUnion("known", [
    z.strictObject({ known: z.literal(true), value }),
    z.strictObject({
      known: z.literal(false),
      why,
      auth: z.boolean(),
      everywhere: z.literal(true).optional(),
      limited: z.literal(true).optional(),
    }),
  ]);
}

export function result(value: z.ZodType = z.null()): z.ZodType {
  return z.discriminatedUnion("type", [
    z.strictObject({ type: z.literal("done"), value }),
    z.strictObject({
      type: z.literal("retry"),
      why,
      auth: z.boolean(),
      /** However long a server asks us to wait, it is a time. */
      afterMs: z.number().nonnegative().nullable(),
    }),
    z.strictObject({ type: z.literal("refused"), why, gone: z.literal(true).optional() }),
  ]);
}

const account = z.strictObject({ id, login: id, kind: z.enum(["person", "bot", "unknown"]) });

export const repoFacts = z.strictObject({
  id,
  owner: id,
  name: id,
  defaultBranch: id,
  cloneUrl: z.url(),
  url: z.url(),
  archived: z.literal(true).optional(),
});

/** An issue's text as it was seen once, where that is what proves a pin. */
export const textSeen = z.strictObject({ title: text, body: text, updatedIso: iso, labels: z.array(text) });

export const candidates = z.array(z.strictObject({ id, number, labels: z.array(text), seen: textSeen.optional() }));

export const unfit = z.strictObject({ setting: text, reason: z.string().min(1).max(WHY_CHARS_MAX) }).nullable();

export const issueReading = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("gone") }),
  z.strictObject({
    type: z.literal("present"),
    forgeIso: iso.nullable(),
    issue: z.strictObject({
      id,
      number,
      title: text,
      body: text,
      url: z.url(),
      state,
      labels: z.array(text),
      updatedIso: iso,
    }),
  }),
]);

export const events = z.array(
  z.strictObject({
    id,
    type: z.enum(["labeled", "unlabeled", "closed", "reopened", "renamed"]),
    label: text.nullable(),
    actor: account.nullable(),
    atIso: iso,
    commit: text.nullable(),
  }),
);

export const lastEdited = iso.nullable();
export const permission = z.enum(["admin", "write", "read", "none"]);
export const isSelf = z.boolean().nullable();
export const blocker = z.strictObject({ repo: z.string().regex(/^[^/]+\/[^/]+$/), number, state });
export const head = sha;
const changedFiles = z.strictObject({ paths: z.array(z.string().min(1)), complete: z.boolean() });
export const files = changedFiles;
export const commitFacts = z.strictObject({ parents: z.array(sha), changed: changedFiles });
export const comparison = z.strictObject({
  head: sha,
  commits: z.array(z.strictObject({ sha, message: text, parents: z.array(sha) })),
});
export const comment = z
  .strictObject({
    id,
    issue: number,
    author: account.nullable(),
    body: text,
    createdIso: iso,
    forgeIso: iso.nullable(),
  })
  .nullable();

export const comments = z.array(z.strictObject({ id, body: text, ours: z.boolean() }));

export const checks = z.array(
  z.strictObject({
    app: id,
    workflow: text.nullable(),
    event: text.optional(),
    name: text,
    word: text,
    order: z.number(),
    url: text.nullable(),
    jobId: id.nullable(),
    runId: id.nullable(),
  }),
);
export const required = z.array(
  z.strictObject({ name: text, app: id.nullable(), pattern: z.literal(true).optional() }),
);
export const deployment = z.strictObject({
  state: z.enum(["none", "pending", "live", "failed"]),
  url: z.url({ protocol: /^https?$/ }).nullable(),
  about: z.string().min(1).max(300).nullable(),
});
export const failure = z.strictObject({ step: text.nullable(), logTail: text.nullable() });

export const takesPush = z.boolean();
export const merged = z.enum(["merged", "scheduled"]);
export const target = z.strictObject({ state: z.enum(["open", "merged", "closed"]), trunk: z.string() }).nullable();
export const proposal = z
  .strictObject({
    number,
    url: z.url(),
    state: z.enum(["open", "merged", "closed"]),
    author: z.string().nullable(),
    head: sha,
    draft: z.boolean(),
    merges: z.enum(["clean", "conflict", "behind", "unknown"]),
    review: z.enum(["approved", "changes_requested", "required", "none"]),
    queued: z.strictObject({ commit: sha.nullable() }).nullable(),
    scheduled: z.boolean(),
    mergeCommit: sha.nullable(),
    merged: z.strictObject({ by: z.string(), atIso: z.string() }).nullable(),
  })
  .nullable();
export const remarks = z.array(
  z.strictObject({
    id,
    author: account,
    type: z.enum(["approval", "changes_requested", "comment"]),
    commit: sha.nullable(),
    path: text.nullable(),
    line: number.nullable(),
    text,
    url: z.url().nullable(),
    atIso: iso,
  }),
);

export const environment = z.strictObject({ id, version: text });
export const thread = z.strictObject({
  id,
  state: z.enum(["never_started", "working", "asking", "done", "failed", "unknown"]),
  turnId: text.nullable(),
  pulse: text,
  error: text.nullable(),
  runtimeMode: text.optional(),
  isStarting: z.literal(true).optional(),
});
export const snapshot = z.strictObject({ environment, threads: z.array(thread) });
export const request = z.strictObject({
  id: text,
  kind: z.enum(["question", "approval"]),
  questions: z.array(z.strictObject({ question: text, options: z.array(text) })),
});
