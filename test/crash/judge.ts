/**
 * What the stand-ins show in the end, held against what each story must come to. Nothing is taken from the loop's own
 * answers, and a kill excuses nothing: the other machines lived on.
 */
import { HAND_OVER } from "./acts-in-flight.ts";
import { unexcused } from "./bells.ts";
import { type Story, storyOf } from "./stories.ts";
import { READY, type Town } from "./town.ts";
import { nameOf, type Wanted } from "./wanted.ts";

const HANDED = "ready-for-human";
const IN_PROGRESS = "agent-in-progress";
const MARKER = "<!-- afk:";
const NOTIFIERS = ["slack", "ntfy"] as const;

const LABELS: Record<Story["ending"], string> = { closed: "", "handed over": HANDED, refused: READY };
const WORDS: Record<Story["ending"], string> = {
  closed: "Done: landed and green.",
  "handed over": "Handed over",
  refused: "label again to confirm",
};

/** Why an issue has not reached its ending; null: it has. */
export function unfinished(town: Town, wanted: Wanted): string | null {
  const { ending } = storyOf(wanted.story);
  const issue = town.issue(wanted);
  const labels = town
    .labels(wanted)
    .filter((name) => name !== "later")
    .join();
  if (ending === "closed" && (issue.state !== "closed" || issue.stateReason !== "completed"))
    return `it is ${issue.state}, not closed as completed (labels: ${labels || "none"})`;
  if (ending !== "closed" && issue.state !== "open") return `it is closed, not ${ending}`;
  if (labels !== LABELS[ending]) return `its labels are "${labels}", not "${LABELS[ending]}"`;
  const bodies = issue.comments.map((comment) => comment.body);
  if (!bodies.some((body) => body.startsWith(MARKER) && body.includes(WORDS[ending])))
    return `no comment of ours says "${WORDS[ending]}"`;
  if (ending === "refused") return null;
  if (ending === "handed over" && !bodies.some((body) => body.startsWith(HAND_OVER))) return "nobody was mentioned";
  const silent = NOTIFIERS.find((notifier) => town.bells.of(notifier, nameOf(wanted)).length === 0);
  return silent === undefined ? null : `${silent} has not rung`;
}

/** A label that nobody ever took up: it was neither handed to a thread nor refused in words. */
export function neverTaken(town: Town, wanted: Wanted): boolean {
  const spoken = town.issue(wanted).comments.some(({ body }) => body.startsWith(MARKER) || body.startsWith(HAND_OVER));
  return town.labour.threadsOf(wanted).length === 0 && !spoken;
}

/** What was done once too often about one issue. */
export async function doubledOf(town: Town, wanted: Wanted): Promise<string[]> {
  const counts = [...atExecutor(town, wanted), ...onIssue(town, wanted), ...atCi(town, wanted)];
  const boards = town.slack.slack.messages.filter(
    (one) => one.metadata?.event_type === "afk_board" && one.text.startsWith(`${nameOf(wanted)} `),
  );
  counts.push(["messages at slack", boards.length, 1]);
  for (const notifier of NOTIFIERS) {
    const rings = town.bells.of(notifier, nameOf(wanted));
    const noted = rings.length > 1 ? await town.notedAt(wanted, notifier) : null;
    counts.push([`rings at ${notifier} no death excuses`, unexcused(rings, town.bells.deaths, noted), 0]);
  }
  return counts.filter(([, found, most]) => found > most).map(([what, found, most]) => `${found} ${what}, not ${most}`);
}

/** What is counted, how often it is there, how often it may be at most. */
type Count = [what: string, found: number, most: number];

function atExecutor(town: Town, wanted: Wanted): Count[] {
  const { dispatched } = town.t3.t3;
  const { turns: parts } = storyOf(wanted.story);
  const titled = dispatched.threads().filter((thread) => thread.title.startsWith(`#${wanted.number} `));
  const threads = titled.filter((thread) => projectRepo(town, thread.projectId) === wanted.repo);
  const turns = threads.flatMap((thread) => dispatched.turns(thread.threadId));
  const answers = dispatched
    .commands("thread.user-input.respond")
    .filter(({ command }) => threads.some((thread) => thread.threadId === command.threadId));
  const runs = new Set(town.labour.threadsOf(wanted).map((brief) => brief.run));
  return [
    ["threads", threads.length, Math.min(1, parts.length)],
    ["runs of one label event", runs.size, 1],
    ["first turns", turns.filter(({ text }) => /^AFK-Run: /m.test(text)).length, 1],
    ["turns", turns.length, parts.length],
    ["answers", answers.length, parts.filter((part) => part.startsWith("asks")).length],
  ];
}

function onIssue(town: Town, wanted: Wanted): Count[] {
  const { events, comments } = town.issue(wanted);
  const labelled = (name: string) =>
    events.filter((event) => event.event === "labeled" && event.label?.name === name).length;
  const startingWith = (mark: string) => comments.filter((comment) => comment.body.startsWith(mark)).length;
  return [
    ["closings", events.filter((event) => event.event === "closed").length, 1],
    ["comments with our marker", startingWith(MARKER), 1],
    ["hand-over comments", startingWith(HAND_OVER), 1],
    [`labellings ${IN_PROGRESS}`, labelled(IN_PROGRESS), 1],
    [`labellings ${HANDED}`, labelled(HANDED), 1],
  ];
}

function atCi(town: Town, wanted: Wanted): Count[] {
  const ours = town.labour.landedBy(wanted);
  const runs = town.repoState(wanted.repo).workflowRuns.filter((run) => ours.includes(run.headSha));
  const words = storyOf(wanted.story).ci.map((attempts) => attempts.length);
  return [
    ["landings", ours.length, words.length],
    ["attempts of one CI run", Math.max(1, ...runs.map((run) => run.runAttempt)), Math.max(1, ...words)],
  ];
}

function projectRepo(town: Town, projectId: string): string {
  const created = town.t3.t3.dispatched
    .commands("project.create")
    .find(({ command }) => command.projectId === projectId);
  return String(created?.command.title ?? "");
}
