/** `npm run rehearse -- --against`, as a person runs it, against forges that share nothing with it but their address. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, type TestContext, test } from "vitest";
import type { ForgeName } from "../../fakes/forge/stand-in.ts";
import { OwnForge, REPO } from "./own-forge.ts";

const STORY_MS = 120_000;

type Finished = TestContext["onTestFinished"];

async function opened(onTestFinished: Finished, ...given: Parameters<typeof OwnForge.open>): Promise<OwnForge> {
  const own = await OwnForge.open(...given);
  onTestFinished(() => own.close());
  return own;
}

function emptyDir(onTestFinished: Finished): string {
  const dir = mkdtempSync(join(tmpdir(), "against-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Every file below, whoever wrote it. */
function textsIn(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"));
}

test.concurrent.for<ForgeName>(["github", "forgejo"])(
  "%s: labelled, landed, green, closed; then all is as it was",
  { timeout: STORY_MS },
  async (name, { onTestFinished }) => {
    const own = await opened(onTestFinished, name);
    const before = own.traces();
    const out = emptyDir(onTestFinished);
    const { code, lines, error } = await own.rehearse(["--out", out, "--minutes", "2"]).ended;
    expect(lines).toContain(`PASS ${name}/happy-path`);
    expect(lines.at(-1)).toMatch(/^rehearse: 1 passed, 0 failed in [\d.]+ s$/);
    expect({ code, error }).toEqual({ code: 0, error: "" });

    expect(own.traces()).toEqual(before);
    const subjects = own.git("log", "--first-parent", "--format=%s", "main").split("\n");
    expect(subjects).toEqual(["Take back what a rehearsal landed", "Land #1", "Begin"]);
    const [issue] = own.forge.issues(REPO);
    expect(issue?.body).toContain("<!-- afk-rehearsal-over ");
    expect(issue?.comments).toHaveLength(1);
    expect(own.forge.violations).toEqual([]);

    const said = [...lines, ...textsIn(out), own.git("log", "-p", "--all")].join("\n");
    const basic = Buffer.from(`me:${own.token}`).toString("base64");
    for (const secret of [own.token, basic]) expect(said.includes(secret)).toBe(false);
    expect(existsSync(join(out, name, "happy-path", "worker.log"))).toBe(true);
  },
);

test.concurrent(
  "stopped in the middle of it, and red: what was landed is taken back too",
  async ({ onTestFinished }) => {
    const own = await opened(onTestFinished, "forgejo", { verdict: () => "failure" });
    own.forge.people.createIssue({ repo: REPO, title: "Theirs", by: "me", labels: ["ready-for-human"] });
    const before = own.traces();
    const running = own.rehearse(["--minutes", "2"], { AFK_FIX_FORWARD_MAX_ATTEMPTS: "0" });
    await running.said("Landed;");
    running.child.kill("SIGINT");
    const { code, lines } = await running.ended;
    expect(lines.join("\n")).toMatch(
      /FAIL forgejo\/happy-path: (stopped by SIGINT; it stood at: |it was handed over: )/,
    );
    expect(lines.at(-1)).toMatch(/^rehearse: 0 passed, 1 failed in [\d.]+ s$/);
    expect(code).toBe(1);
    // The label that was theirs stays, on their issue too.
    expect(own.traces()).toEqual(before);
    expect(own.git("log", "--first-parent", "--format=%s", "main").split("\n")).toHaveLength(3);
  },
  STORY_MS,
);

test.concurrent(
  "killed outright: the next one cleans up first, and no other plays meanwhile",
  async ({ onTestFinished }) => {
    const own = await opened(onTestFinished, "github");
    const before = own.traces();
    const killed = own.rehearse(["--minutes", "2"]);
    await killed.said("An agent is at work");
    const { code, error } = await own.rehearse(["--by-hand"]).ended;
    expect({ code, error }).toMatchObject({ code: 2 });
    expect(error).toContain("another rehearsal is under way there");
    killed.child.kill("SIGKILL");
    await killed.ended;

    const next = own.rehearse(["--by-hand", "--minutes", "2"]);
    await next.said("put the label ready-for-agent on it now");
    next.child.kill("SIGTERM");
    const { lines } = await next.ended;
    expect(lines[0]).toContain("an earlier rehearsal was killed: cleaning up after it first");
    expect(lines.join("\n")).toContain("stopped by SIGTERM; nobody put the label on");
    expect(own.traces()).toEqual(before);
  },
  STORY_MS,
);
