import { describe, expect, test } from "vitest";
import {
  afterPage,
  afterReports,
  commitNamed,
  type DeployReport,
  deployFact,
  failedDeploy,
  isPageDue,
  type LiveMemory,
  liveCommit,
  memoryOf,
  withLive,
} from "../../lib/core/live.ts";
import { unread } from "../../lib/core/types.ts";
import { aRun, read, SHA, SHA2, T0 } from "./kit.ts";

const OURS = "c0ffee00".repeat(5);
const LATER = "deadbeef".repeat(5);
const OTHER = "0badcafe".repeat(5);
const POLL = 30_000;

describe("the commit that a page names", () => {
  test.each<[string, string | null]>([
    [OURS, OURS],
    [LATER, LATER],
    ["c0ffee0", OURS],
    ["c0ffee", null],
    ["C0FFEE0", OURS],
    [`  ${OURS}\n`, OURS],
    [OTHER, null],
    [`${OURS}0`, null],
    [`v1-${OURS}`, null],
    [`commit ${OURS}`, null],
    [`${OURS} ${LATER}`, null],
    [`<b>${OURS}</b>`, null],
    [`"${OURS}"`, null],
    ["", null],
    ["main", null],
  ])("%j names %j", (text, commit) => {
    expect(commitNamed(text, [OURS, LATER])).toBe(commit);
  });
});

/** What a page says, each at its second; the memory after all. */
function told(...answers: [second: number, text: string | null][]): LiveMemory {
  let memory = memoryOf(undefined, OURS);
  for (const [second, text] of answers) {
    const page = text === null ? unread("answers 302") : read(text);
    memory = afterPage(memory, page, [OURS, LATER], POLL, T0 + second * 1000);
  }
  return memory;
}

describe("a version page", () => {
  test.each<[string, Parameters<typeof told>, "live" | "pending"]>([
    ["once", [[0, OURS]], "pending"],
    [
      "twice",
      [
        [0, OURS],
        [30, OURS],
      ],
      "pending",
    ],
    [
      "three times, each a poll after the other",
      [
        [0, OURS],
        [30, OURS],
        [60, OURS],
      ],
      "live",
    ],
    [
      "three times in a hurry",
      [
        [0, OURS],
        [10, OURS],
        [20, OURS],
      ],
      "pending",
    ],
    [
      "three times, one of them too early",
      [
        [0, OURS],
        [29.9, OURS],
        [60, OURS],
      ],
      "pending",
    ],
    [
      "in a hurry, but for long enough",
      [
        [0, OURS],
        [15, OURS],
        [30, OURS],
        [45, OURS],
        [60, OURS],
      ],
      "live",
    ],
    [
      "in full and shortened",
      [
        [0, OURS],
        [30, "c0ffee0"],
        [60, OURS.toUpperCase()],
      ],
      "live",
    ],
    [
      "a later commit of the trunk in between",
      [
        [0, OURS],
        [30, LATER],
        [60, LATER],
      ],
      "live",
    ],
    [
      "another commit in between",
      [
        [0, OURS],
        [30, OTHER],
        [60, OURS],
        [90, OURS],
      ],
      "pending",
    ],
    [
      "another commit too early in between",
      [
        [0, OURS],
        [10, OTHER],
        [30, OURS],
        [60, OURS],
      ],
      "pending",
    ],
    [
      "no answer in between",
      [
        [0, OURS],
        [30, null],
        [60, OURS],
        [90, OURS],
      ],
      "pending",
    ],
    [
      "begun anew and long enough",
      [
        [0, OURS],
        [30, OTHER],
        [60, OURS],
        [90, OURS],
        [120, OURS],
      ],
      "live",
    ],
    [
      "another commit when it was live",
      [
        [0, OURS],
        [30, OURS],
        [60, OURS],
        [90, OTHER],
      ],
      "live",
    ],
    [
      "another commit throughout",
      [
        [0, OTHER],
        [30, OTHER],
        [60, OTHER],
      ],
      "pending",
    ],
    [
      "nothing throughout",
      [
        [0, null],
        [30, null],
        [60, null],
      ],
      "pending",
    ],
  ])("%s", (_name, answers, fact) => {
    expect(deployFact(told(...answers))).toBe(fact);
  });

  test("is live as what it said, when it said it for the third time", () => {
    expect(told([0, OURS], [30, OURS], [60, LATER]).live).toEqual({ commit: LATER, at: T0 + 60_000 });
  });

  test("begins anew for a newer commit of ours", () => {
    const held = told([0, OURS], [30, OURS], [60, OURS]);
    expect(memoryOf(held, OURS)).toBe(held);
    expect(memoryOf(held, LATER)).toEqual({
      commit: LATER,
      hits: 0,
      hitAt: null,
      live: null,
      failed: null,
      seen: null,
    });
  });

  test.each<[string | null, string]>([
    [OURS, "the page says c0ffee00c0ff"],
    ["C0FFEE0", "the page says c0ffee0"],
    [OTHER, "the page says 0badcafe0bad"],
    ["<script>token=secret</script>", "the page says something that names no commit"],
    [null, "the page answers 302"],
  ])("that says %j is told of as %j", (text, seen) => {
    expect(told([0, text]).seen).toBe(seen);
  });

  test("is due again a poll after an answer that counted, and at once after any other", () => {
    const counted = told([0, OURS]);
    expect(isPageDue(counted, POLL, T0 + POLL - 1)).toBe(false);
    expect(isPageDue(counted, POLL, T0 + POLL)).toBe(true);
    expect(isPageDue(told([0, OTHER]), POLL, T0 + 1)).toBe(true);
  });
});

function report(state: DeployReport["state"], commit = OURS): DeployReport {
  return { state, commit, url: `https://ci.test/${commit}`, about: "exit code 1" };
}

describe("what the forge tells of deploys", () => {
  test.each<[DeployReport[], ReturnType<typeof deployFact>, string]>([
    [[report("none")], "pending", "the deploy has not begun"],
    [[report("pending")], "pending", "the deploy of c0ffee00c0ff is under way"],
    [[report("live")], "live", "the deploy of c0ffee00c0ff succeeded"],
    [[report("failed")], "failed", "the deploy of c0ffee00c0ff failed"],
    [[report("failed"), report("live", LATER)], "live", "the deploy of deadbeefdead succeeded"],
    [[report("failed"), report("pending", LATER)], "pending", "the deploy of deadbeefdead is under way"],
    [[report("pending"), report("failed", LATER)], "pending", "the deploy of c0ffee00c0ff is under way"],
    [[report("failed"), report("none", LATER)], "failed", "the deploy of c0ffee00c0ff failed"],
    [[report("none"), report("failed", LATER)], "failed", "the deploy of deadbeefdead failed"],
  ])("%j is %s: %s", (reports, fact, seen) => {
    const memory = afterReports(memoryOf(undefined, OURS), reports, "the deploy", T0);
    expect(deployFact(memory)).toBe(fact);
    expect(memory.seen).toBe(seen);
  });

  test("a failure is kept with its page and words, until it is no longer failed", () => {
    const failed = afterReports(memoryOf(undefined, OURS), [report("failed")], "the deploy", T0);
    expect(failed.failed).toEqual({ commit: OURS, url: `https://ci.test/${OURS}`, about: "exit code 1" });
    expect(afterReports(failed, [report("pending")], "the deploy", T0).failed).toBeNull();
  });

  test("live stays live", () => {
    const live = afterReports(memoryOf(undefined, OURS), [report("live")], "the deploy", T0);
    expect(afterReports(live, [report("failed")], "the deploy", T0 + 1)).toBe(live);
  });
});

describe("in the run", () => {
  const landed = aRun({ commits: [OURS], seen: { ...aRun().seen, passed: { value: OURS, at: T0 } } });
  const failed = afterReports(memoryOf(undefined, OURS), [report("failed")], "the deploy", T0);

  test("each thing is told once", () => {
    const answers: [number, string][] = [
      [0, OTHER],
      [1, OTHER],
      [30, OURS],
      [60, OURS],
      [90, OURS],
      [91, OTHER],
    ];
    let run = landed;
    for (let count = 1; count <= answers.length; count++) run = withLive(run, told(...answers.slice(0, count)), T0);
    expect(run.log.map((entry) => entry.text)).toEqual([
      "not live yet: the page says 0badcafe0bad",
      "not live yet: the page says c0ffee00c0ff",
      "live: the page says c0ffee00c0ff",
    ]);
  });

  test("a deploy that failed is the first red, and the first stays", () => {
    const run = withLive(landed, failed, T0 + 5);
    expect(run.firstRedAt).toBe(T0 + 5);
    expect(withLive(run, failed, T0 + 9).firstRedAt).toBe(T0 + 5);
    expect(withLive(landed, told([0, OURS]), T0).firstRedAt).toBeNull();
  });

  test("it failed only while its commit is the newest and has passed", () => {
    const run = withLive(landed, failed, T0);
    expect(failedDeploy(run)?.about).toBe("exit code 1");
    expect(failedDeploy({ ...run, commits: [OURS, SHA] })).toBeNull();
    expect(failedDeploy({ ...run, seen: { ...run.seen, passed: null } })).toBeNull();
    expect(failedDeploy(landed)).toBeNull();
  });

  test("it is live only while its commit is the newest", () => {
    const run = withLive(landed, told([0, OURS], [30, OURS], [60, OURS]), T0);
    expect(liveCommit(run)).toEqual({ commit: OURS, at: T0 + 60_000 });
    expect(liveCommit({ ...run, commits: [OURS, SHA2] })).toBeNull();
    expect(liveCommit(landed)).toBeNull();
  });
});
