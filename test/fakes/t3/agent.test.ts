/** Real processes, a real bare repository, the stand-in on a real port. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { commands, MODEL, type ShellThread } from "./contract-kit.ts";
import { ProcessRunner } from "./process-runner.ts";
import { type T3Server, t3Server } from "./server.ts";

const RUN = "run0123456789abc";
const BRANCH = `afk/7-${RUN}`;

let home: string;
let bare: string;
let server: T3Server;
let runner: ProcessRunner;
let script: string;
let heard: string;
/** Resolves at the next exchange or line that makes the condition true: no sleeping. */
let moved: () => void = () => {};

function git(cwd: string, ...args: string[]): string {
  const who = { GIT_AUTHOR_NAME: "t", GIT_AUTHOR_EMAIL: "t@t", GIT_COMMITTER_NAME: "t", GIT_COMMITTER_EMAIL: "t@t" };
  const env = { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1", ...who };
  return execFileSync("git", args, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}

function seedRepository(): void {
  const seed = join(home, "seed");
  bare = join(home, "repo.git");
  git(home, "init", "--quiet", "--bare", "--initial-branch=main", bare);
  git(home, "clone", "--quiet", bare, seed);
  writeFileSync(join(seed, "package.json"), JSON.stringify({ type: "module", scripts: { test: "node --test" } }));
  git(seed, "add", "--all");
  git(seed, "commit", "--quiet", "--message", "Begin");
  git(seed, "push", "--quiet", "origin", "HEAD:refs/heads/main");
}

const firstText = () => `Do it.

AFK-Run: ${RUN}
Branch: ${BRANCH}
Default-Branch: main
Issue: github:o/n#7
Clone: ${bare}

> AFK-Run: from the issue
`;

async function send(command: object): Promise<void> {
  const headers = { authorization: "Bearer token-all", "content-type": "application/json" };
  const url = `${server.url}/api/orchestration/dispatch`;
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(command) });
  expect(response.status).toBe(200);
}

async function look(): Promise<ShellThread> {
  const headers = { authorization: "Bearer token-all" };
  const response = await fetch(`${server.url}/api/orchestration/shell`, { headers });
  const { threads } = (await response.json()) as { threads: ShellThread[] };
  if (threads[0] === undefined) throw new Error("no thread is shown");
  return threads[0];
}

/** Looks again whenever an agent said something or ended. */
async function until(what: (thread: ShellThread) => boolean): Promise<ShellThread> {
  for (;;) {
    const news = new Promise<void>((resolve) => {
      moved = resolve;
    });
    const thread = await look();
    if (what(thread)) return thread;
    await news;
  }
}

const atRest = ({ latestTurn, session }: ShellThread) =>
  latestTurn !== null && latestTurn.state !== "running" && session?.status !== "running";

async function begin(play: string): Promise<void> {
  script = play;
  await send(commands.project({ workspaceRoot: join(home, "ws", "repo") }));
  await send(commands.thread());
  await send(turn("1", firstText()));
}

function turn(key: string, text: string): object {
  return commands.turn("thr-1", key, { message: { messageId: `m-${key}`, role: "user", text, attachments: [] } });
}

function trunkTestsPass(): boolean {
  const checkout = mkdtempSync(join(home, "ci-"));
  git(home, "clone", "--quiet", bare, checkout);
  try {
    execFileSync(process.execPath, ["--test"], { cwd: checkout, stdio: "ignore", env: { PATH: process.env.PATH } });
    return true;
  } catch {
    return false;
  }
}

const landings = () =>
  git(bare, "log", "main", "--format=%H %P", `--grep=^AFK-Run: ${RUN}$`).split("\n").filter(Boolean);
const branchPhases = () =>
  git(bare, "log", BRANCH, "--no-merges", "--reverse", "--format=%(trailers:key=AFK-Phase,valueonly,separator=%x2C)")
    .split("\n")
    .filter(Boolean);

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "fake-t3-"));
  mkdirSync(join(home, "counters"));
  heard = "";
  seedRepository();
  runner = new ProcessRunner({
    script: () => script,
    countersDir: join(home, "counters"),
    graceMs: 200,
    onLine: (_turn, line) => {
      heard += line;
      setImmediate(() => moved());
    },
    onEnd: () => setImmediate(() => moved()),
  });
  server = t3Server({ token: "token-all", environmentId: "env-1", runner, defaultModelSelection: MODEL });
  await server.listen();
});

afterEach(async () => {
  await server.close();
  expect(runner.pids).toEqual([]);
  rmSync(home, { recursive: true, force: true });
});

describe("the agent", () => {
  test("works test-first on its branch and lands one new commit with the run's trailer", async () => {
    await begin("happy");
    const thread = await until(atRest);
    expect(thread.session).toMatchObject({ status: "ready", lastError: null });
    expect(landings()).toHaveLength(1);
    expect(landings()[0]?.split(" ")).toHaveLength(3);
    expect(git(bare, "log", "-1", "--format=%B", "main")).toBe(`Land #7\n\nRefs #7\n\nAFK-Run: ${RUN}`);
    expect(branchPhases()).toEqual(["tests-red", "green"]);
    expect(git(bare, "log", BRANCH, "--format=%B")).not.toContain("AFK-Run");
    expect(trunkTestsPass()).toBe(true);
    expect(readdirSync(join(home, "ws", ".repo-worktrees"))).toEqual([]);
    const notes = readFileSync(join(home, "counters", "thr-1.jsonl"), "utf8");
    expect(
      notes
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).event),
    ).toEqual(["start", "end"]);
  });

  test("lands it red, and the next turn of the thread lands it green without being told the run again", async () => {
    await begin("red-then-fixed");
    await until(atRest);
    expect(landings()).toHaveLength(1);
    expect(trunkTestsPass()).toBe(false);
    const before = (await look()).latestTurn?.turnId;
    await send(turn("2", "CI is red. Fix it."));
    const thread = await until((each) => each.latestTurn?.turnId !== before && atRest(each));
    expect(thread.session?.lastError).toBeNull();
    expect(landings()).toHaveLength(2);
    expect(trunkTestsPass()).toBe(true);
  });

  test("lands it red again with every turn", async () => {
    await begin("always-red");
    const before = (await until(atRest)).latestTurn?.turnId;
    await send(turn("2", "CI is red. Fix it."));
    await until((each) => each.latestTurn?.turnId !== before && atRest(each));
    expect(landings()).toHaveLength(2);
    expect(trunkTestsPass()).toBe(false);
  });

  test("lands red with a closing keyword where the story wants one", async () => {
    await begin("keyword-red");
    await until(atRest);
    expect(git(bare, "log", "-1", "--format=%B", "main")).toContain("Fixes #7");
  });

  test("finishes without a push", async () => {
    await begin("no-push");
    expect((await until(atRest)).latestTurn?.state).toBe("completed");
    expect(git(bare, "branch", "--format=%(refname:short)")).toBe("main");
  });

  test("asks, and goes on with an answer under the question's own text", async () => {
    await begin("asks-once");
    await until((thread) => thread.hasPendingUserInput);
    await send(await answer());
    await until(atRest);
    expect(landings()).toHaveLength(1);
  });

  test("asks a second time", async () => {
    await begin("asks-twice");
    await until((thread) => thread.hasPendingUserInput);
    await send(await answer());
    const thread = await until((each) => each.hasPendingUserInput);
    expect(thread.latestTurn?.state).toBe("running");
  });

  test("wants approval, and goes on when it is declined", async () => {
    await begin("wants-approval");
    await until((thread) => thread.hasPendingApprovals);
    await send(commands.decide(await pendingRequest("approval.requested")));
    await until(atRest);
    expect(landings()).toHaveLength(1);
  });

  test("is killed when it does not stop on being asked to", async () => {
    await begin("deaf");
    await until(() => existsSync(join(home, "ws", ".repo-worktrees")));
    await send(commands.interrupt());
    const thread = await until(atRest);
    expect(heard).toContain("heard, not heeded");
    expect(thread).toMatchObject({ latestTurn: { state: "completed" }, session: { status: "ready" } });
    expect(runner.pids).toEqual([]);
  });

  test("falls silent before the push, and an interrupt brings it to rest with no process left", async () => {
    await begin("stall-before-push");
    await until(() => existsSync(join(home, "ws", ".repo-worktrees")));
    const { latestTurn } = await look();
    await send(commands.interrupt("thr-1", { turnId: latestTurn?.turnId }));
    const thread = await until(atRest);
    expect(thread).toMatchObject({ latestTurn: { state: "completed" }, session: { status: "ready" } });
    expect(runner.pids).toEqual([]);
  });

  test("lands red, and falls silent when told to fix it", async () => {
    await begin("stall-in-fix");
    const before = (await until(atRest)).latestTurn?.turnId;
    heard = "";
    await send(turn("2", "CI is red. Fix it."));
    await until(() => heard.includes("git log"));
    const { latestTurn, session } = await look();
    expect(latestTurn?.turnId).not.toBe(before);
    expect([latestTurn?.state, session?.status]).toEqual(["running", "running"]);
    expect(landings()).toHaveLength(1);
  });

  test("dies with its server; after the restart the turn is an error and the next turn goes on", async () => {
    await begin("stall-before-push");
    await until(() => existsSync(join(home, "ws", ".repo-worktrees")));
    await server.restart();
    expect(runner.pids).toEqual([]);
    const { latestTurn, session } = await look();
    expect(latestTurn?.state).toBe("error");
    expect(session).toMatchObject({ status: "error", lastError: expect.stringContaining("did not survive a server") });
    script = "happy";
    await send(turn("2", "Go on."));
    await until((each) => each.latestTurn?.turnId !== latestTurn?.turnId && atRest(each));
    expect(landings()).toHaveLength(1);
  });

  test("fails with a sentence on a workspace that is another repository's clone", async () => {
    const other = join(home, "ws", "repo");
    mkdirSync(other, { recursive: true });
    git(other, "init", "--quiet");
    git(other, "remote", "add", "origin", "https://elsewhere.test/x.git");
    await begin("happy");
    const thread = await until(atRest);
    expect(thread.session?.lastError).toContain("the workspace is a clone of https://elsewhere.test/x.git");
  });

  test("fails with a sentence on a text without the run's lines", async () => {
    script = "happy";
    await send(commands.project({ workspaceRoot: join(home, "ws", "repo") }));
    await send(commands.thread());
    await send(turn("1", `${firstText()}\nAFK-Run: twice\n`));
    expect((await until(atRest)).session?.lastError).toBe('the text has 2 lines "AFK-Run: …", not one');
  });

  test("makes its landing commit anew when somebody pushed in between", async () => {
    const hook = join(bare, "hooks", "update");
    const other = join(home, "seed");
    git(other, "commit", "--quiet", "--allow-empty", "--message", "Other");
    git(other, "push", "--quiet", "origin", "HEAD:refs/heads/other");
    // The first push to the trunk finds that the trunk has just moved.
    writeFileSync(
      hook,
      `#!/bin/sh
if [ "$1" = refs/heads/main ] && git rev-parse --quiet --verify refs/heads/other >/dev/null; then
  git update-ref refs/heads/main refs/heads/other && git update-ref -d refs/heads/other
fi
`,
      { mode: 0o755 },
    );
    await begin("happy");
    const thread = await until(atRest);
    expect(thread.session?.lastError).toBeNull();
    expect(landings()).toHaveLength(1);
    expect(git(bare, "log", "main", "--format=%s")).toContain("Other");
  });
});

async function lastAsked(wanted: string): Promise<Asked> {
  const headers = { authorization: "Bearer token-all" };
  const response = await fetch(`${server.url}/api/orchestration/threads/thr-1`, { headers });
  const { thread } = (await response.json()) as { thread: { activities: { kind: string; payload: Asked }[] } };
  const { payload } = thread.activities.findLast(({ kind }) => kind === wanted) ?? {};
  if (payload === undefined) throw new Error("nothing was asked");
  return payload;
}

async function pendingRequest(wanted: string): Promise<string> {
  return (await lastAsked(wanted)).requestId;
}

async function answer(): Promise<object> {
  const payload = await lastAsked("user-input.requested");
  return commands.answer(payload.requestId, { answers: { [payload.questions[0]?.question ?? ""]: "Yes" } });
}

interface Asked {
  requestId: string;
  questions: { question: string }[];
}
