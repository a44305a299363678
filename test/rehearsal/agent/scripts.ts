/**
 * The stories an agent can play, by name. `turn` counts the thread's turns from 1, those that were killed included.
 *
 *   happy, green-despite-flaky-infra .. lands it green
 *   slow .............................. the same, with time between the phases and signs of life in between
 *   red-then-fixed .................... lands it red; every later turn lands it green
 *   always-red ........................ lands it red, every time anew
 *   keyword-red ....................... lands it red with a closing keyword; later turns land it green
 *   no-push ........................... works, pushes nothing, says it is done
 *   asks-once, asks-twice ............. asks before it works
 *   wants-approval .................... asks for an approval before it works, and goes on without it
 *   stall-before-push ................. falls silent before it pushes anything
 *   deaf .............................. the same, and does not stop when asked to
 *   stall-in-fix ...................... lands it red; every later turn falls silent
 *   red-then-slow ..................... lands it red; every later turn takes its time
 *   red-then-nothing .................. lands it red; every later turn ends without a commit
 *   red-then-waits .................... the same, once somebody's newest commit on the trunk says "Go on"
 *   lands-after-others ................ as happy, but lands only once the trunk's newest commit says "Go on"
 *   asks-then-asks-in-fix ............. asks, lands it red, and asks again in every later turn
 *   heeds-reviews ..................... as happy; every later turn changes a line and pushes it
 *   brings-up-to-date ................. as happy; every later turn merges the trunk and pushes it
 *   liar .............................. says green on a red commit, and lands a green one
 *   redeploys ......................... as happy; every later turn lands another line of the code
 *   documents ......................... lands a page that needs no test, without a phase
 *   both-trailers ..................... code and test in one commit that says red, then one that says green
 *   spends ............................ works on and on, and spends a million tokens in and as many out each half second
 *   red-then-spends ................... lands it red; every later turn spends so
 *   guest, guest-red .................. as happy and red-then-fixed, in a repo of somebody's own: where its tests take none
 *                                       of ours, it lands a note that nothing reads
 *   lingers ........................... lands it green and never ends, with signs of life
 */
import { setTimeout as sleep } from "node:timers/promises";
import { activity, ask, askApproval, spend } from "./talk.ts";
import {
  canTestFirst,
  commit,
  ensureClone,
  implement,
  land,
  makeWorktree,
  type Place,
  polish,
  pushBranch,
  removeWorktree,
  testsPass,
  trunkSays,
  writeNote,
  writePage,
  writeTest,
} from "./work.ts";

interface Plan {
  result: "green" | "red";
  word?: "Refs" | "Fixes";
  pauseMs?: number;
  push?: "none";
  /** What the trunk's newest commit must say before it lands. */
  landsAfter?: string;
}

type Script = (place: Place, turn: number) => Promise<string>;

const SLOW_MS = 1500;
const GO_ON = "Go on";
const SIGN_OF_LIFE_MS = 250;
const SPENDS_MS = 500;
const MILLION = 1_000_000;

const happy: Script = (place, turn) => work(place, turn, { result: "green" });

export const SCRIPTS: Record<string, Script> = {
  happy,
  "green-despite-flaky-infra": happy,
  slow: (place, turn) => work(place, turn, { result: "green", pauseMs: SLOW_MS }),
  "red-then-fixed": (place, turn) => work(place, turn, { result: turn === 1 ? "red" : "green" }),
  "always-red": (place, turn) => work(place, turn, { result: "red" }),
  "keyword-red": (place, turn) =>
    work(place, turn, turn === 1 ? { result: "red", word: "Fixes" } : { result: "green" }),
  "no-push": (place, turn) => work(place, turn, { result: "green", push: "none" }),
  "asks-once": async (place, turn) => {
    if (turn === 1) await ask("May I add a file?");
    return happy(place, turn);
  },
  "asks-twice": async (place, turn) => {
    if (turn === 1) await ask("May I add a file?");
    if (turn === 1) await ask("And a test for it?");
    return happy(place, turn);
  },
  "stall-before-push": async (place) => {
    await prepare(place);
    activity("read the code");
    return silence();
  },
  "wants-approval": async (place, turn) => {
    if (turn === 1) activity(`decided: ${await askApproval("rm -rf build")}`);
    return happy(place, turn);
  },
  deaf: async (place) => {
    process.on("SIGTERM", () => activity("heard, not heeded"));
    await prepare(place);
    activity("read the code");
    return silence();
  },
  "red-then-slow": (place, turn) =>
    work(place, turn, turn === 1 ? { result: "red" } : { result: "green", pauseMs: SLOW_MS }),
  "red-then-nothing": async (place, turn) =>
    turn === 1 ? work(place, turn, { result: "red" }) : "I see nothing to mend.",
  "red-then-waits": async (place, turn) => {
    if (turn === 1) return work(place, turn, { result: "red" });
    await ensureClone(place);
    await signal(place, GO_ON);
    return "Somebody has mended it.";
  },
  "lands-after-others": (place, turn) => work(place, turn, { result: "green", landsAfter: GO_ON }),
  redeploys: async (place, turn) => {
    if (turn === 1) return happy(place, turn);
    await prepare(place);
    polish(place, turn);
    await commit(place, `Deploy feature ${place.brief.issue} anew`, null);
    await pushBranch(place);
    return `landed ${await land(place, "Refs")}`;
  },
  documents: async (place) => {
    await prepare(place);
    writePage(place);
    await commit(place, `Document ${place.brief.issue}`, null);
    await pushBranch(place);
    return `landed ${await land(place, "Refs")}`;
  },
  "asks-then-asks-in-fix": async (place, turn) => {
    await ask(turn === 1 ? "May I add a file?" : "May I mend it?");
    return work(place, turn, { result: "red" });
  },
  liar: async (place) => {
    await prepare(place);
    writeTest(place, `feature-${place.brief.issue}`);
    await commit(place, "Test it", "tests-red");
    await pushBranch(place);
    implement(place, 1000);
    await commit(place, "Implement it, surely", "green");
    await pushBranch(place);
    implement(place, 0);
    await commit(place, "Implement it", null);
    return `landed ${await land(place, "Refs")}`;
  },
  "both-trailers": async (place) => {
    await prepare(place);
    writeTest(place, `feature-${place.brief.issue}`);
    implement(place, 0);
    await commit(place, "Test it", "tests-red");
    await pushBranch(place);
    polish(place, 1);
    await commit(place, "Implement it", "green");
    await pushBranch(place);
    return `landed ${await land(place, "Refs")}`;
  },
  spends: (place) => spendOn(place),
  "red-then-spends": (place, turn) => (turn === 1 ? work(place, turn, { result: "red" }) : spendOn(place)),
  lingers: async (place, turn) => {
    await happy(place, turn);
    await pause(Number.POSITIVE_INFINITY);
    return "never said";
  },
  guest: (place, turn) => visit(place, turn, "green"),
  "guest-red": (place, turn) => visit(place, turn, turn === 1 ? "red" : "green"),
  "heeds-reviews": (place, turn) => (turn === 1 ? happy(place, turn) : answerReview(place, turn)),
  "brings-up-to-date": (place, turn) => (turn === 1 ? happy(place, turn) : update(place)),
  "stall-in-fix": async (place, turn) => {
    if (turn === 1) return work(place, turn, { result: "red" });
    activity("git log -1");
    return silence();
  },
};

async function spendOn(place: Place): Promise<never> {
  await prepare(place);
  // A context grows: no two requests have the same figures.
  for (let input = MILLION; ; input++) {
    activity("think");
    spend(input, MILLION);
    await sleep(SPENDS_MS);
  }
}

/** What the trunk has is in the worktree by now; only the push is left. */
async function update(place: Place): Promise<string> {
  await prepare(place);
  activity("merge");
  await pushBranch(place);
  return "The branch is up to date.";
}

async function answerReview(place: Place, turn: number): Promise<string> {
  await prepare(place);
  activity("read the review");
  polish(place, turn);
  await commit(place, `Polish feature ${place.brief.issue}`, "green");
  await pushBranch(place);
  return "1. Done.";
}

async function visit(place: Place, turn: number, result: Plan["result"]): Promise<string> {
  await prepare(place);
  activity("run the tests");
  if (turn > 1 || (await canTestFirst(place, `feature-${place.brief.issue}`))) return work(place, turn, { result });
  if (result === "red") throw new Error("the repo's tests take no test of mine, so that nothing can turn red");
  writeNote(place, turn);
  await commit(place, `Note ${place.brief.issue}`, null);
  await pushBranch(place);
  return `landed ${await land(place, "Refs")}, a note: the repo's tests take no test of mine`;
}

async function prepare(place: Place): Promise<void> {
  activity("git clone");
  await ensureClone(place);
  activity("git worktree add");
  await makeWorktree(place);
}

/** Test first, then the code, then the landing; `red` is an agent that believes in its code without looking. */
async function work(place: Place, turn: number, plan: Plan): Promise<string> {
  const { result, word = "Refs", pauseMs = 0, push, landsAfter } = plan;
  const { issue } = place.brief;
  await prepare(place);
  await pause(pauseMs);
  const name = turn === 1 ? `feature-${issue}` : `feature-${issue}-fix-${turn}`;
  activity("write the test");
  writeTest(place, name);
  // A turn after a green landing of ours that others broke finds its test green: nothing to hold against it.
  if ((await testsPass(place)) && turn === 1) throw new Error("the new test passes before the code is written");
  await commit(place, `Test feature ${issue}`, "tests-red");
  if (push !== "none") await pushBranch(place);
  await pause(pauseMs);
  activity("write the code");
  implement(place, result === "green" ? 0 : 1000 + turn);
  if (result === "green" && !(await testsPass(place)))
    throw new Error("the project's tests fail with the code written");
  await commit(place, `Implement feature ${issue}`, "green");
  if (push !== "none") await pushBranch(place);
  await pause(pauseMs);
  if (place.brief.lands === "pull-request") return `Feature ${issue} is there, with a test.`;
  if (landsAfter !== undefined) await signal(place, landsAfter);
  activity("land");
  const landed = push === "none" ? "nothing" : await land(place, word);
  await removeWorktree(place);
  return `landed ${landed}`;
}

async function pause(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= SIGN_OF_LIFE_MS) {
    activity("think");
    await sleep(Math.min(left, SIGN_OF_LIFE_MS));
  }
}

/** Waits for people, with signs of life. */
async function signal(place: Place, words: string): Promise<void> {
  while (!(await trunkSays(place, words))) {
    activity("wait for the trunk");
    await sleep(SIGN_OF_LIFE_MS);
  }
}

function silence(): Promise<never> {
  return new Promise(() => {});
}
