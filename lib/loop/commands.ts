/**
 * Commands in comments of issues. A delivery only names a comment; it is read live, and so is whether its author may
 * write. Each is obeyed once, by the comment's id. A stranger is not answered.
 */
import { act } from "../core/acts.ts";
import { type Command, isDone, isFresh, parseCommand, type Said } from "../core/commands.ts";
import { isKnownRepo } from "../core/gates.ts";
import { second } from "../core/issue-record.ts";
import type { Pause } from "../core/pause.ts";
import { mayRelease, released } from "../core/release.ts";
import { wishedIso } from "../core/retry.ts";
import type { Run } from "../core/run.ts";
import { type Account, type CommandComment, known, type Reading, type RepoFacts } from "../core/types.ts";
import { fits, REQUESTS } from "./allowance.ts";
import { readIdentity } from "./gate-facts.ts";
import { noFacts } from "./gathered.ts";
import type { Loop } from "./loop.ts";
import type { Hearing } from "./records.ts";
import { takeOrder, type Weighed, weighRetry } from "./retry.ts";
import { issueRecord, saveIssue, saveRun } from "./save.ts";
import { isArmed } from "./stopped.ts";
import type { Troubles } from "./troubles.ts";
import { isTrusted } from "./trusted.ts";
import { why } from "./why-view.ts";

/** What could not be read for so long is not obeyed out of the blue: whoever missed the answer asks again. */
const HELD_MS_MAX = 3_600_000;

/** `later`: one could not be read; look again. `on`: the others are for another invocation, at once. */
export async function hearCommands(loop: Loop, troubles: Troubles): Promise<"heard" | "later" | "on"> {
  const { hearing = [] } = loop.store.repo();
  const unarmed = !isArmed(loop);
  let answer: "heard" | "later" = "heard";
  for (const one of hearing) {
    // Those that cannot be read leave room for the candidates: else nothing would start for as long as they are held.
    const needed = REQUESTS.comment + (answer === "later" ? REQUESTS.poll : 0);
    if (!fits(loop.requests(), needed)) return answer === "later" ? answer : "on";
    const heldMs = loop.now() - one.at;
    const order = unarmed || heldMs > HELD_MS_MAX ? null : await orderOf(loop, one, heldMs, troubles);
    if (order === "no room") return answer === "later" ? answer : "on";
    if (order === "unread") {
      answer = "later";
      loop.store.transaction(() => hearAfterOthers(loop, one));
    } else loop.store.transaction(() => obey(loop, one, order));
  }
  return answer;
}

/** What is asked, with what was read for it. */
type Asked =
  | { command: Exclude<Command, "why" | "retry"> }
  | { command: "why"; detail: string }
  | { command: "retry"; weighed: Exclude<Weighed, null> };

/** `all`: the pause of all repos. */
type Order = Asked & { comment: CommandComment; by: string; repo: RepoFacts; all: Pause | null };

function hearAfterOthers(loop: Loop, one: Hearing): void {
  const { hearing = [], ...repo } = loop.store.repo();
  loop.store.putRepo({ ...repo, hearing: [...hearing.filter(({ comment }) => comment !== one.comment), one] });
}

/** Null: nothing to be obeyed. */
async function orderOf(
  loop: Loop,
  one: Hearing,
  heldMs: number,
  troubles: Troubles,
): Promise<Order | null | "unread" | "no room"> {
  const askedBefore = loop.requests();
  const read = await loop.tracker.comment(one.comment);
  troubles.note("forge", read);
  if (!read.known) return "unread";
  const comment = read.value;
  const command = comment === null ? null : parseCommand(comment.body);
  if (comment?.author == null || command === null) return null;
  if (!isFresh(comment.createdIso, comment.forgeIso, heldMs)) return null;
  const gathered = await noFacts(loop);
  const identity = await readIdentity(loop, gathered);
  troubles.note("forge", identity);
  if (!identity.known) return "unread";
  const repo = gathered.repoFacts;
  if ("unfit" in identity.value || repo === null) return null;
  if (!isKnownRepo(identity.value)) return null;
  const trusted = await isTrusted(loop, comment.author);
  troubles.note("forge", trusted);
  if (!trusted.known) return "unread";
  if (!trusted.value) return null;
  const all = await loop.fleet.paused();
  if (command === "why" && !fits(askedBefore, REQUESTS.why)) return "no room";
  const asked = await askedOf(loop, command, comment, comment.author, one.text ?? null);
  troubles.note("forge", asked);
  if (!asked.known) return "unread";
  if (asked.value === null) return null;
  return { ...asked.value, comment, by: comment.author.login, repo, all };
}

/** Null: it orders nothing. */
async function askedOf(
  loop: Loop,
  command: Command,
  comment: CommandComment,
  by: Account,
  text: string | null,
): Promise<Reading<Asked | null>> {
  switch (command) {
    case "pause":
    case "resume":
    case "stop":
    case "release":
      return known({ command });
    case "why":
      return known({ command, detail: await whyWords(loop, comment.issue) });
    case "retry": {
      const weighed = await weighRetry(loop, comment, by, text);
      if (!weighed.known) return weighed;
      return known(weighed.value === null ? null : { command, weighed: weighed.value });
    }
    default:
      return command satisfies never;
  }
}

async function whyWords(loop: Loop, issue: number): Promise<string> {
  const told = await why(loop, issue);
  if ("unread" in told) return "the issue cannot be read.";
  if (told.answer === "running") return "a run is under way.";
  const first = told.gates.find((gate) => gate.state !== "pass");
  if (!first) return "every gate passes: it starts next.";
  const unknown = first.state === "fail" ? "" : "cannot be read, ";
  return `${first.gate}: ${unknown}${first.fact}.`;
}

/** In a transaction: what it changes, the answer, and that it was heard. */
function obey(loop: Loop, one: Hearing, order: Order | null): void {
  const { hearing = [], ...repo } = loop.store.repo();
  const left = hearing.filter((other) => other.comment !== one.comment);
  loop.store.putRepo({ ...repo, ...(left.length > 0 ? { hearing: left } : {}) });
  if (order === null || loop.store.obeyed(one.comment)) return;
  const said = effect(loop, order);
  react(loop, order, said);
  answer(loop, order, said);
  const msg = `${order.by} said /afk ${order.command}`;
  loop.log({ level: "info", msg, issue: order.comment.issue, run: null, code: "command" });
}

function effect(loop: Loop, order: Order): Said {
  const { comment, by } = order;
  switch (order.command) {
    case "pause":
    case "resume":
      return pauseOrResume(loop, order.command, order);
    case "stop":
      return { command: order.command, by, ...stop(loop, comment, by) };
    case "release":
      return { command: order.command, by, ...release(loop, comment, by) };
    case "retry": {
      const { ready: label } = loop.settings.config.labels;
      return { command: order.command, by, label, answer: takeOrder(loop, comment.issue, order.weighed) };
    }
    case "why":
      return { command: order.command, by, detail: order.detail };
    default:
      return order satisfies never;
  }
}

/** Of two that say otherwise the one that was written last stands, whichever is heard last. */
function pauseOrResume(
  loop: Loop,
  command: "pause" | "resume",
  { comment: { createdIso }, by, all }: Pick<Order, "comment" | "by" | "all">,
): Said {
  const { paused, ...repo } = loop.store.repo();
  const said = command === "pause" ? { command, by } : { command, by, all };
  const { pauseOrder } = repo;
  if (pauseOrder && pauseOrder.command !== command && second(pauseOrder.createdIso) > second(createdIso))
    return { ...said, late: true };
  const next = { ...repo, version: repo.version + 1, pauseOrder: { command, createdIso } };
  const mark: Pause = paused ?? { at: loop.now(), by, via: "comment" };
  loop.store.putRepo(command === "pause" ? { ...next, paused: mark } : next);
  return said;
}

/** The state machine ends it: withdrawn, or handed over once something has landed. A wish newer than the comment stands. */
function stop(loop: Loop, { issue, createdIso }: CommandComment, by: string): { run: boolean; newer?: true } {
  const run = loop.store.activeRuns().find((one) => one.issue.number === issue && one.outcome === null);
  if (!run) return { run: false };
  if (isNewer(run, createdIso)) return { run: false, newer: true };
  saveRun(loop, { ...run, stop: { by }, nextLookAt: loop.now() });
  return { run: true };
}

/** Also of a run whose ending is decided: its agent may hold the repo all the same. */
function release(
  loop: Loop,
  { issue, createdIso }: CommandComment,
  by: string,
): { run: boolean; newer?: true; agent?: true } {
  const run = loop.store.activeRuns().find((one) => one.issue.number === issue && one.settledAt === null);
  if (!run) return { run: false };
  if (isNewer(run, createdIso)) return { run: false, newer: true };
  if (!mayRelease(run)) return { run: false, agent: true };
  saveRun(loop, released(run, by, loop.now()));
  return { run: true };
}

function isNewer(run: Run, createdIso: string): boolean {
  return second(wishedIso(run.labelEvent)) > second(createdIso);
}

function react(loop: Loop, { comment }: Order, said: Said): void {
  const repo = loop.store.repo();
  const content = isDone(said) ? "+1" : "confused";
  const one = act(`react-${comment.id}`, { type: "react", comment: comment.id, content }, loop.now());
  loop.store.putRepo({ ...repo, acts: [...repo.acts.filter(({ state }) => state === "pending"), one] });
}

function answer(loop: Loop, { comment, repo: facts }: Order, said: Said): void {
  const repo = loop.store.repo();
  const record = issueRecord(loop, comment.issue);
  saveIssue(loop, { ...record, said }, { ...repo, facts: repo.facts ?? facts });
}
