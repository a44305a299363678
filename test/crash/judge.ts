/**
 * What the stand-ins show in the end, held against what each story must come to. Nothing is taken from the loop's own
 * answers, and a kill excuses nothing: the other machines lived on.
 */
import { storyOf } from "./stories.ts";
import { READY, type Town, type Wanted } from "./town.ts";

const HANDED = "ready-for-human";
const IN_PROGRESS = "agent-in-progress";
const MARKER = "<!-- afk:";
const HAND_OVER = "<!-- afk-hand-over:";

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
  if (ending === "handed over" && issue.state !== "open") return "it is closed, not handed over";
  const wantedLabels = ending === "closed" ? "" : HANDED;
  if (labels !== wantedLabels) return `its labels are "${labels}", not "${wantedLabels}"`;
  const words = ending === "closed" ? "Done: landed and green." : "Handed over";
  const bodies = issue.comments.map((comment) => comment.body);
  if (!bodies.some((body) => body.startsWith(MARKER) && body.includes(words)))
    return `no comment of ours says "${words}"`;
  if (ending === "handed over" && !bodies.some((body) => body.startsWith(HAND_OVER))) return "nobody was mentioned";
  const bells = bellsOf(town, wanted);
  for (const [notifier, rung] of Object.entries(bells)) if (rung === 0) return `${notifier} has not rung`;
  return null;
}

/** An acked label that nobody ever took up. */
export function neverTaken(town: Town, wanted: Wanted): boolean {
  return town.threads(wanted).length === 0 && town.labels(wanted).includes(READY);
}

/** What was done once too often about one issue. */
export function doubledOf(town: Town, wanted: Wanted): string[] {
  const story = storyOf(wanted.story);
  const issue = town.issue(wanted);
  const titles = town.t3.t3.dispatched.threads().filter((thread) => thread.title.startsWith(`#${wanted.number} `));
  const ofRepo = titles.filter((thread) => projectRepo(town, thread.projectId) === wanted.repo);
  const turns = ofRepo.flatMap((thread) => town.t3.t3.dispatched.turns(thread.threadId));
  const answers = town.t3.t3.dispatched
    .commands("thread.user-input.respond")
    .filter(({ command }) => ofRepo.some((thread) => thread.threadId === command.threadId));
  const labelled = (name: string) =>
    issue.events.filter((event) => event.event === "labeled" && event.label?.name === name).length;
  const startingWith = (mark: string) => issue.comments.filter((comment) => comment.body.startsWith(mark)).length;
  const attempts = town
    .repoState(wanted.repo)
    .workflowRuns.filter((run) => town.landedBy(wanted).includes(run.headSha))
    .map((run) => run.runAttempt);
  const asks = story.turns.filter((turn) => turn.startsWith("asks")).length;
  const bells = Object.entries(bellsOf(town, wanted)).map(([name, rung]): [string, number, number] => [
    `bells at ${name}`,
    rung,
    // Killed between ringing and noting that it rang, the loop rings once more: the one doubling that is allowed.
    2,
  ]);
  const counts: [string, number, number][] = [
    ["threads", ofRepo.length, 1],
    ["turns", turns.length, story.turns.length],
    ["answers", answers.length, asks],
    ["closings", issue.events.filter((event) => event.event === "closed").length, 1],
    ["comments with our marker", startingWith(MARKER), 1],
    ["hand-over comments", startingWith(HAND_OVER), 1],
    [`labellings ${IN_PROGRESS}`, labelled(IN_PROGRESS), 1],
    [`labellings ${HANDED}`, labelled(HANDED), 1],
    ["messages at slack", slackBoards(town, wanted).length, 1],
    ["attempts of one CI run", Math.max(1, ...attempts), Math.max(1, ...story.ci.map((words) => words.length))],
    ...bells,
  ];
  return counts.filter(([, found, most]) => found > most).map(([what, found, most]) => `${found} ${what}, not ${most}`);
}

function projectRepo(town: Town, projectId: string): string {
  const created = town.t3.t3.dispatched
    .commands("project.create")
    .find(({ command }) => command.projectId === projectId);
  return String(created?.command.title ?? "");
}

function slackBoards(town: Town, { repo, number }: Wanted): string[] {
  const boards = town.slack.slack.messages.filter((one) => one.metadata?.event_type === "afk_board");
  return boards.filter((one) => one.text.includes(`${repo}#${number} `)).map((one) => one.ts);
}

/** How often each notifier told that the run is over. */
function bellsOf(town: Town, wanted: Wanted): { slack: number; ntfy: number } {
  const name = `${wanted.repo}#${wanted.number} `;
  const boards = slackBoards(town, wanted);
  const slack = town.slack.slack.messages.filter(
    (one) =>
      one.metadata?.event_type === "afk_bell" && (boards.includes(one.thread_ts ?? "") || one.text.includes(name)),
  );
  const ntfy = town.ntfy.ntfy.messages.filter((one) => (one.title ?? "").includes(name));
  return { slack: slack.length, ntfy: ntfy.length };
}
