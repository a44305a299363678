/** What the outside may ask: health, the runs, and why an issue runs or does not. */
import { describe, expect, it } from "vitest";
import { GATES } from "../../lib/core/gate-table.ts";
import type { GateCode } from "../../lib/core/gates.ts";
import type { Why } from "../../lib/loop/why-view.ts";
import { BOARD_TOKEN, FOR_HUMAN, IN_PROGRESS, KEY, openWorld, READY, REPO, type World } from "./world.ts";

/** The shape of a value: its keys and the types of its leaves. */
function shape(value: unknown): unknown {
  if (value === null) return "null";
  if (Array.isArray(value)) return value.map(shape);
  if (typeof value !== "object") return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, shape(one)]));
}

describe("/healthz", () => {
  it("of a loop that has seen nothing is all nulls and zeros, and asks nobody", async () => {
    const world = openWorld();
    expect(await world.get("/healthz")).toEqual({
      status: 200,
      body: {
        status: "ok",
        armed: true,
        disabled: [],
        settings: { errors: [] },
        version: expect.any(String),
        enrolled: 1,
        runs: { in_flight: 0, frozen_repos: 0 },
        acts: { pending: 0, oldest_seconds: null },
        sweep: { last_at: null, requests: 0, carried: 0 },
        quota: {},
        executor: { reachable: null, version: null },
      },
    });
    expect(world.asked).toEqual([]);
    expect(await world.stored()).toEqual([]);
  });

  it("in mid-run has the design's keys and types, and no name of a repo", async () => {
    const world = openWorld();
    world.readyIssue();
    await world.sweep();
    await world.later(2);
    const { body } = await world.get("/healthz");
    expect(shape(body)).toEqual({
      status: "string",
      armed: "boolean",
      disabled: [],
      settings: { errors: [] },
      version: "string",
      enrolled: "number",
      runs: { in_flight: "number", frozen_repos: "number" },
      acts: { pending: "number", oldest_seconds: "null" },
      sweep: { last_at: "string", requests: "number", carried: "number" },
      quota: { github: { remaining: "number", reset_at: "string", paused_until: "null" } },
      executor: { reachable: "boolean", version: "string" },
    });
    expect(body).toMatchObject({ runs: { in_flight: 1 }, executor: { reachable: true, version: "0.0.33" } });
    expect(JSON.stringify(body)).not.toMatch(/octo|widgets/);
  });

  it.each([
    ["AFK_KILL_SWITCH", "maybe"],
    ["AFK_ALLOWLIST", "github:octo/*"],
    ["AFK_MAX_RUNS", "-1"],
    ["AFK_POLL_SECONDS", "soon"],
  ])("names %s when it is %j, and so does the webhook's answer", async (setting, value) => {
    const world = openWorld({ [setting]: value });
    const { body } = await world.get("/healthz");
    expect(body).toMatchObject({ status: "degraded", armed: false, settings: { errors: [{ setting }] } });
    world.readyIssue();
    await world.deliver();
    expect(world.answers.at(-1)).toMatchObject({ status: 202, body: { status: "disabled" } });
    expect(world.answers.at(-1)?.body.reason).toContain(setting);
    expect(world.asked).toEqual([]);
  });

  it("is degraded while an act is older than an hour", async () => {
    const world = openWorld();
    world.ntfy.faults.push({ match: () => true, respond: { status: 503 } });
    world.readyIssue();
    await world.later(2);
    await world.ci(await world.land(world.agent.turn()), "success");
    world.agent.turn().complete();
    await world.later(60);
    await world.sweep();
    expect((await world.get("/healthz")).body).toMatchObject({ status: "ok", acts: { pending: 1 } });
    await world.later(3600);
    await world.sweep();
    expect((await world.get("/healthz")).body).toMatchObject({ status: "degraded", acts: { pending: 1 } });
  });
});

async function run(world: World, title: string): Promise<number> {
  const issue = world.readyIssue(title);
  await world.later(2);
  await world.ci(await world.land(world.agent.turn()), "success");
  world.agent.turn().complete();
  await world.later(60);
  expect(world.on(issue).state).toBe("closed");
  return issue;
}

describe("/api/runs", () => {
  it("needs the board's token, and is not there where none is set", async () => {
    const world = openWorld();
    expect(await world.get("/api/runs")).toMatchObject({ status: 401 });
    expect(await world.get("/api/runs", { authorization: "Bearer wrong" })).toMatchObject({ status: 401 });
    expect(await world.get("/api/runs", { authorization: BOARD_TOKEN })).toMatchObject({ status: 401 });
    expect(await world.board("/api/runs")).toEqual({ status: 200, body: { runs: [], next: null } });
    world.set({ AFK_BOARD_TOKEN: undefined });
    expect(await world.board("/api/runs")).toMatchObject({ status: 404 });
    expect(await world.board(`/api/repos/github/${REPO}/issues/1`)).toMatchObject({ status: 404 });
  });

  it.each([
    "limit=0",
    "limit=201",
    "limit=ten",
    "limit=1.5",
    "limit=-1",
    "limit=",
    "cursor=7",
    "cursor=",
    "state=open",
    "repo=widgets",
    "repo=github:octo/*",
    "colour=red",
  ])("refuses %s", async (query) => {
    const world = openWorld();
    const { status, body } = await world.board(`/api/runs?${query}`);
    expect([status, shape(body)]).toEqual([400, { status: "string", reason: "string" }]);
  });

  it("refuses a repo it does not know", async () => {
    const world = openWorld();
    expect(await world.board("/api/runs?repo=github:octo/gadgets")).toMatchObject({ status: 404 });
  });

  it("shows a run as the design says", async () => {
    const world = openWorld({ AFK_PUBLIC_URL: "https://loop.test" });
    const issue = await run(world, "Widgets wobble");
    const { body } = await world.board("/api/runs");
    expect(body).toEqual({
      runs: [
        {
          id: expect.stringMatching(/^[0-9a-f]{16}$/),
          repo: KEY,
          issue,
          state: "settled",
          outcome: "closed",
          reason: "landed and green.",
          threads: world.threads(),
          turns: 1,
          attempts: 0,
          attempts_max: 5,
          spend: { tokens: null, usd: null },
          commits: [await world.git.head(REPO, "main")],
          verdict: "green",
          phases: ["worktree", "tests_red", "green", "pushed", "ci", "deployed", "done"].map((phase) => ({
            phase,
            evidence: expect.stringMatching(/^(verified|claimed|missing|pending|skipped)$/),
            commit: phase === "deployed" ? null : expect.any(String),
            at: phase === "deployed" ? null : expect.any(String),
          })),
          started_at: expect.stringMatching(/^2100-/),
          settled_at: expect.stringMatching(/^2100-/),
          next_look_at: null,
          links: { issue: `https://github.test/${REPO}/issues/${issue}`, thread: expect.any(String) },
        },
      ],
      next: null,
    });
  });

  it("pages, newest first, and filters by repo and state", async () => {
    const world = openWorld();
    const issues: number[] = [];
    for (const title of ["One", "Two", "Three"]) issues.push(await run(world, title));
    world.readyIssue("Four");
    await world.later(2);
    const page = async (query: string) => {
      const { status, body } = await world.board(`/api/runs?${query}`);
      expect(status).toBe(200);
      const { runs, next } = body as { runs: { issue: number }[]; next: string | null };
      return { issues: runs.map((one) => one.issue), next };
    };
    const first = await page("limit=2");
    expect(first.issues).toEqual([4, 3]);
    const second = await page(`limit=2&cursor=${first.next}`);
    expect(second).toEqual({ issues: [2, 1], next: null });
    expect((await page("state=in_flight")).issues).toEqual([4]);
    expect((await page("state=settled&limit=3")).issues).toEqual([3, 2, 1]);
    expect((await page("state=settling")).issues).toEqual([]);
    expect((await page(`repo=${KEY.toUpperCase().replace("GITHUB", "github")}`)).issues).toEqual([4, 3, 2, 1]);
    expect((await page("limit=200")).next).toBeNull();
  });
});

describe("why", () => {
  const GATE_CODES = GATES.map(({ code }) => code);

  /** Asks, and holds the asking to reads that leave nothing behind. */
  async function why(world: World, issue: number): Promise<Why> {
    await world.deliver();
    const [stored, asked, alarm] = [await world.stored(), world.wrote().length, await world.alarmAt()];
    const { status, body } = await world.board(`/api/repos/github/${REPO}/issues/${issue}`);
    expect(status).toBe(200);
    expect(await world.stored()).toEqual(stored);
    expect(world.wrote().slice(asked)).toEqual([]);
    expect(await world.alarmAt()).toBe(alarm);
    const answer = body as Why;
    expect(Object.keys(answer).sort()).toEqual(["answer", "gates", "issue", "refusal", "repo", "runs", "story"]);
    expect(answer.gates.map((gate) => gate.gate)).toEqual(GATE_CODES);
    for (const gate of answer.gates) expect(Object.keys(gate).sort()).toEqual(["fact", "gate", "seen_at", "state"]);
    return answer;
  }

  it("start: every gate passes, each with its fact", async () => {
    const world = openWorld();
    const answer = await why(world, world.readyIssue());
    expect(answer).toMatchObject({ repo: KEY, issue: 1, answer: "start", refusal: null, runs: [], story: [] });
    expect(answer.gates.every((gate) => gate.state === "pass" && gate.fact !== "" && gate.seen_at !== null)).toBe(true);
  });

  type Arrange = (world: World) => Promise<number> | number;
  const labelled: Arrange = (world) => world.readyIssue();

  const REFUSED: [GateCode, string, Record<string, string | undefined>, Arrange][] = [
    ["kill_switch", "AFK_KILL_SWITCH", { AFK_KILL_SWITCH: "true" }, labelled],
    ["paused", "paused by an operator since 2100-", {}, issueOfPausedRepo],
    ["not_enrolled", "not on the allowlist", { AFK_ALLOWLIST: "github:octo/gadgets" }, labelled],
    ["repo_config", ".afk.yml 1:1 landng is not known", {}, issueOfMisruledRepo],
    ["limits", "0 of 0 runs", { AFK_MAX_RUNS: "0" }, labelled],
    ["executor", "no model set", { AFK_MODEL: undefined }, labelled],
    ["executor", "no executor is set", { T3_URL: undefined }, labelled],
    ["not_ready", "is not on", {}, (world) => world.issue()],
    ["not_ready", "closed", {}, closedIssue],
    ["labeller_untrusted", "stranger has read access", {}, strangersIssue],
    ["edited", "edited after the label", {}, editedIssue],
    ["blocked", "blocked by #1", {}, blockedIssue],
    ["held_elsewhere", "no run of this loop", {}, (world) => world.readyIssue("Held", { labels: [IN_PROGRESS] })],
    ["repo_busy", "repo busy with #1", {}, nextOfBusyRepo],
    ["repo_frozen", "frozen since #1", { AFK_FIX_FORWARD_MAX_ATTEMPTS: "0" }, nextOfFrozenRepo],
    ["trunk_red", "is red", {}, issueOfRedRepo],
  ];

  it.each(REFUSED)("refused: %s, for %j", async (code, fact, settings, arrange) => {
    const world = openWorld(settings);
    const answer = await why(world, await arrange(world));
    expect(answer.answer).toBe("refused");
    expect(answer.refusal?.code).toBe(code);
    expect(answer.refusal?.reason).toContain(fact);
    const at = GATE_CODES.indexOf(code);
    expect(answer.gates.slice(0, at).every((gate) => gate.state === "pass")).toBe(true);
    expect(answer.gates[at]).toMatchObject({ state: "fail" });
  });

  it("refused: quota, when the forge's is nearly spent", async () => {
    const world = openWorld();
    const issue = world.readyIssue();
    const { limit } = world.github.state.rateLimit;
    Object.assign(world.github.state.rateLimit, { used: limit - 45, resetAt: world.nowMs / 1000 + 3600 });
    await world.sweep();
    const answer = await why(world, issue);
    expect(answer).toMatchObject({ answer: "refused", refusal: { code: "quota" } });
  });

  it("while disarmed says what would start behind the switch", async () => {
    const world = openWorld({ AFK_KILL_SWITCH: "true", AFK_ALLOWLIST: undefined });
    const answer = await why(world, world.readyIssue());
    expect(answer).toMatchObject({ answer: "refused", refusal: { code: "kill_switch" } });
    expect(answer.gates.map((gate) => gate.state)).toEqual(["fail", "pass", "fail", ...Array(14).fill("pass")]);
    expect(await world.stored()).toEqual([]);
  });

  it("asks for no place, where all are taken", async () => {
    const world = openWorld({ AFK_KILL_SWITCH: "true", AFK_MAX_RUNS: "0" });
    const answer = await why(world, world.readyIssue());
    expect(answer.gates.find(({ gate }) => gate === "limits")).toMatchObject({ state: "fail" });
    expect(await world.stored()).toEqual([]);
  });

  it("running: with the run and its story", async () => {
    const world = openWorld();
    const issue = world.readyIssue();
    await world.later(2);
    const answer = await why(world, issue);
    expect(answer).toMatchObject({ answer: "running", refusal: null });
    expect(answer.runs).toHaveLength(1);
    expect(answer.story.map((entry) => entry.kind)).toContain("decided");
    expect(answer.story.map((entry) => entry.act)).toContain("turn-1");
  });

  it("settled: the label event has run", async () => {
    const world = openWorld();
    const issue = await run(world, "Widgets wobble");
    const answer = await why(world, issue);
    expect(answer.answer).toBe("settled");
    expect(answer.story.map((entry) => entry.text)).toContain("settled: closed");
  });

  it("already_ran: a label put back that had run", async () => {
    const world = openWorld();
    const issue = world.readyIssue();
    await world.later(2);
    world.agent.turn().complete();
    const fault = world.github.faults.add(({ method, path }) => method === "DELETE" && path.endsWith(READY), 422);
    await world.later(120);
    fault.remove();
    const answer = await why(world, issue);
    expect(answer).toMatchObject({ answer: "settled", refusal: { code: "already_ran" } });
    expect(world.threads()).toHaveLength(1);
    expect(world.labels(issue)).toContain(FOR_HUMAN);
  });

  it("unknown: a fact that cannot be read is neither yes nor no", async () => {
    const world = openWorld();
    const issue = world.readyIssue();
    world.github.faults.add(({ path }) => path.includes("/collaborators/"), 500);
    const answer = await why(world, issue);
    expect(answer).toMatchObject({ answer: "unknown", refusal: null });
    expect(answer.gates[5]).toMatchObject({ gate: "labeller_untrusted", state: "unknown" });
    expect(answer.gates[6]).toMatchObject({ state: "not_reached", seen_at: null });
  });

  it.each([
    [404, "issues/99"],
    [400, "issues/0"],
    [400, "issues/one"],
  ])("%i for %s", async (wanted, path) => {
    const world = openWorld();
    const { status, body } = await world.board(`/api/repos/github/${REPO}/${path}`);
    expect([status, shape(body)]).toEqual([wanted, { status: "string", reason: "string" }]);
  });

  it.each([
    ["github", "unknown repo or issue: 404 Not Found (GET /repos/{owner}/{repo})"],
    ["forgejo", "unknown repo or issue: no credentials are set for this forge"],
  ])("404 for a repo nobody enrolled and nobody can read, saying why: %s", async (forge, reason) => {
    const { status, body } = await openWorld().board(`/api/repos/${forge}/octo/gadgets/issues/1`);
    expect([status, body]).toEqual([404, { status: "refused", reason }]);
  });
});

async function issueOfPausedRepo(world: World): Promise<number> {
  const issue = world.readyIssue();
  await world.ask("/api/pause", { repo: KEY });
  return issue;
}

function closedIssue(world: World): number {
  const issue = world.readyIssue();
  world.close(issue);
  return issue;
}

function strangersIssue(world: World): number {
  return world.issue("Mine", { by: "stranger", labels: [READY] });
}

function editedIssue(world: World): number {
  const issue = world.readyIssue();
  world.github.people.edit({ repo: REPO, number: issue, by: "ada", body: "Else." });
  return issue;
}

function blockedIssue(world: World): number {
  const blocker = world.issue("First");
  return world.readyIssue("Then", { body: `Blocked by #${blocker}` });
}

async function nextOfBusyRepo(world: World): Promise<number> {
  world.readyIssue();
  await world.later(2);
  return world.readyIssue("The next");
}

async function nextOfFrozenRepo(world: World): Promise<number> {
  world.readyIssue();
  const next = world.readyIssue("The next");
  await world.later(2);
  await world.ci(await world.land(world.agent.turn()), "failure");
  world.agent.turn().complete();
  await world.later(60);
  return next;
}

async function issueOfMisruledRepo(world: World): Promise<number> {
  await world.people.writeFiles({ repo: REPO, by: "ada", files: { ".afk.yml": "landng: push" } });
  return world.readyIssue();
}

async function issueOfRedRepo(world: World): Promise<number> {
  await world.ci(world.base, "failure");
  return world.readyIssue();
}
