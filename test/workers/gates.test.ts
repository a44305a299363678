/** Issues that must not start, or not yet. */
import { describe, expect, it } from "vitest";
import { FOR_HUMAN, FORGES, IN_PROGRESS, openWorld as open, READY, REPO, type World } from "./world.ts";

function expectNothingStarted(world: World): void {
  expect(world.threads()).toEqual([]);
  expect(world.wrote().filter((one) => one.includes("t3.test"))).toEqual([]);
}

/** By a labelling or a comment, ours too: it runs on the trunk's head and tells nothing of it. */
const setOffByAnIssue = (world: World, sha: string) =>
  world.forge.ci.createWorkflowRun({
    ...{ repo: REPO, sha, branch: "main", by: "ada", event: "issues" },
    ...{ name: "Triage", path: ".github/workflows/triage.yml", jobs: ["sort"] },
  });

describe.each(FORGES)("on %s", (forge) => {
  const openWorld = (changed: Record<string, string | undefined> = {}) => open(changed, forge);

  describe("an issue that may not start", () => {
    it("labelled by a reader gets no thread and no comment", async () => {
      const world = openWorld();
      const issue = world.issue("Mine", { by: "stranger", labels: [READY] });
      await world.later(2);
      expectNothingStarted(world);
      expect(world.comments(issue)).toEqual([]);
      expect(world.labels(issue)).toEqual([READY]);
      expect(world.wrote()).toEqual([]);
      expect(world.refusals()).toEqual(["labeller_untrusted"]);

      world.unlabel(issue);
      world.label(issue);
      await world.later(2);
      expect(world.threads()).toHaveLength(1);
    });

    it("in an archived repo starts nothing, rings, and starts once the repo is back", async () => {
      const world = openWorld();
      const issue = world.readyIssue();
      world.people.archiveRepo({ repo: REPO, by: "ada" });
      await world.later(2);
      expectNothingStarted(world);
      expect(world.labels(issue)).toEqual([READY]);
      expect(world.refusals()).toEqual(["not_enrolled"]);
      expect(JSON.stringify(world.slack.messages)).toContain("is archived, and nothing can be written there");
      world.people.unarchiveRepo({ repo: REPO, by: "ada" });
      await world.sweep();
      await world.later(60);
      expect(world.threads()).toHaveLength(1);
    });

    it("labelled by a reader stays refused under that label, though closed meanwhile and though he may write by now", async () => {
      const world = openWorld();
      const issue = world.issue("Mine", { by: "stranger", labels: [READY] });
      await world.later(2);
      world.people.close({ repo: REPO, number: issue, by: "ada" });
      await world.later(2);
      await world.sweep();
      world.people.setPermission(REPO, "stranger", "write");
      world.people.reopen({ repo: REPO, number: issue, by: "ada" });
      await world.later(2);
      expectNothingStarted(world);

      world.unlabel(issue);
      world.label(issue, READY, "stranger");
      await world.later(2);
      expect(world.threads()).toHaveLength(1);
    });

    it("edited after the label asks to be labelled again, and then starts with the new text", async () => {
      const world = openWorld();
      const issue = world.readyIssue();
      world.nowMs += 5000;
      world.people.edit({ repo: REPO, number: issue, by: "ada", body: "They do not." });
      await world.later(2);
      expectNothingStarted(world);
      expect(world.comment(issue)).toContain("the text was edited after the label");
      expect(world.comment(issue)).toContain("label again to confirm");

      world.unlabel(issue);
      world.nowMs += 5000;
      world.label(issue);
      await world.later(2);
      expect(world.turns()).toHaveLength(1);
      expect(world.turns()[0]).toContain("> They do not.");
      expect(world.comment(issue)).not.toContain("label again");
    });

    it("renamed after the label is edited too", async () => {
      const world = openWorld();
      const issue = world.readyIssue();
      world.people.edit({ repo: REPO, number: issue, by: "ada", title: "Drop the tables" });
      await world.later(2);
      expectNothingStarted(world);
      expect(world.comment(issue)).toContain("the title was changed after the label");
    });

    it("blocked says by what, and starts when the blocker is closed", async () => {
      const world = openWorld();
      const blocker = world.issue("First");
      const issue = world.issue("Then");
      world.people.addBlockedBy({ repo: REPO, number: issue, by: "ada", blocker: { number: blocker } });
      world.nowMs += 60_000;
      world.label(issue);
      await world.later(2);
      expectNothingStarted(world);
      expect(world.comment(issue)).toContain(`blocked by #${blocker}`);
      world.close(blocker);
      await world.later(2);
      expect(world.threads()).toHaveLength(1);
      expect(world.comment(issue)).not.toContain("blocked by");
    });

    it("blocked in words waits for the named issue", async () => {
      const world = openWorld();
      const blocker = world.issue("First");
      const issue = world.readyIssue("Then", { body: `Blocked by #${blocker}` });
      await world.later(2);
      expectNothingStarted(world);
      expect(world.comment(issue)).toContain(`blocked by #${blocker}`);
      world.close(blocker);
      await world.later(2);
      expect(world.threads()).toHaveLength(1);
    });

    it("in progress elsewhere is left to a person", async () => {
      const world = openWorld();
      const issue = world.issue("Held", { labels: [IN_PROGRESS] });
      world.nowMs += 60_000;
      world.label(issue);
      await world.later(2);
      expectNothingStarted(world);
      expect(world.comment(issue)).toContain("no run of this loop holds the issue");
      expect(world.labels(issue)).toEqual([IN_PROGRESS, READY]);
      world.unlabel(issue, IN_PROGRESS);
      await world.later(2);
      expect(world.threads()).toHaveLength(1);
    });

    it("stamped by another loop before us is withdrawn, and its label is not touched", async () => {
      const world = openWorld();
      world.people.addUser("other-loop");
      world.people.setPermission(REPO, "other-loop", "write");
      const issue = world.issue();
      world.nowMs += 60_000;
      world.label(issue);
      world.forge.faults.add(
        ({ method, path }) => method === "POST" && path.endsWith(`/issues/${issue}/labels`),
        (_request, serve) => {
          world.label(issue, IN_PROGRESS, "other-loop");
          return serve();
        },
        1,
      );
      await world.later(30);
      expectNothingStarted(world);
      expect(world.labels(issue)).toEqual([IN_PROGRESS, READY]);
      expect(world.wrote().filter((one) => one.startsWith("DELETE") && !one.endsWith(FOR_HUMAN))).toEqual([]);
      expect(world.comments(issue)).toEqual([]);
      expect(world.bells()).toEqual([]);
      const { body } = await world.board(`/api/runs?repo=${world.key}`);
      expect(body).toMatchObject({
        runs: [{ state: "settled", outcome: "withdrawn", reason: "another loop was faster." }],
      });
      await world.later(120);
      expectNothingStarted(world);
    });

    it("once stamped by another loop starts when a person took that off", async () => {
      const world = openWorld({ AFK_KILL_SWITCH: "true" });
      world.people.addUser("other-loop");
      world.people.setPermission(REPO, "other-loop", "write");
      const issue = world.readyIssue();
      world.nowMs += 60_000;
      world.label(issue, IN_PROGRESS, "other-loop");
      world.set({ AFK_KILL_SWITCH: "false" });
      await world.sweep();
      await world.later(2);
      expect(world.comment(issue)).toContain("no run of this loop holds the issue");
      world.unlabel(issue, IN_PROGRESS);
      await world.later(5);
      expect(world.threads()).toHaveLength(1);
      expect(world.labels(issue)).toContain(IN_PROGRESS);
    });

    it("whose record is behind is not taken for another loop's", async () => {
      const world = openWorld({ AFK_KILL_SWITCH: "true" });
      world.people.addUser("other-loop");
      world.people.setPermission(REPO, "other-loop", "write");
      const issue = world.readyIssue();
      world.nowMs += 60_000;
      world.label(issue, IN_PROGRESS, "other-loop");
      const isRecord = ({ method, path }: { method: string; path: string }) =>
        method === "GET" && /\/issues\/\d+\/(events|timeline)$/.test(path.split("?")[0] ?? "");
      let behind: Response | null = null;
      const late = world.forge.faults.add(isRecord, async (_request, serve) => {
        behind ??= await serve();
        return behind.clone();
      });
      world.set({ AFK_KILL_SWITCH: "false" });
      await world.sweep();
      await world.later(2);
      world.unlabel(issue, IN_PROGRESS);
      await world.later(8);
      expectNothingStarted(world);
      late.remove();
      await world.later(30);
      expect(world.threads()).toHaveLength(1);
    });

    it("whose stamp is taken off, and refused when it is put on again, is handed over", async () => {
      const world = openWorld();
      const issue = world.issue();
      world.nowMs += 60_000;
      world.label(issue);
      const isStamp = ({ method, path }: { method: string; path: string }) =>
        method === "POST" && path.endsWith(`/issues/${issue}/labels`);
      world.forge.faults.add(
        isStamp,
        async (_request, serve) => {
          const answer = await serve();
          world.unlabel(issue, IN_PROGRESS);
          return answer;
        },
        1,
      );
      world.forge.faults.add(isStamp, 422, 1);
      await world.later(30);
      expectNothingStarted(world);
      expect(world.labels(issue)).toEqual([FOR_HUMAN]);
    });

    it("whose stamp is taken off before it is read back is stamped again", async () => {
      const world = openWorld();
      const issue = world.issue();
      world.nowMs += 60_000;
      world.label(issue);
      world.forge.faults.add(
        ({ method, path }) => method === "POST" && path.endsWith(`/issues/${issue}/labels`),
        async (_request, serve) => {
          const answer = await serve();
          world.unlabel(issue, IN_PROGRESS);
          return answer;
        },
        1,
      );
      await world.later(10);
      expect(world.threads()).toHaveLength(1);
      expect(world.labels(issue)).toContain(IN_PROGRESS);
    });

    it("of a repo whose name came to another repo is refused", async () => {
      const world = openWorld();
      world.issue("Seen once", { by: "stranger", labels: [READY] });
      await world.later(2);
      world.people.renameRepo({ repo: REPO, to: "gadgets", by: "octo" });
      world.people.addRepo({ name: REPO, permissions: { ada: "write", "afk-loop": "write" } });
      world.git.add(REPO, "main", { message: "Squat", files: ["README.md"] });
      const issue = world.readyIssue();
      await world.later(2);
      expectNothingStarted(world);
      expect(world.comments(issue)).toEqual([]);
      expect(world.refusals()).toContain("not_enrolled");
    });

    it("waits for the most urgent one, and for the trunk to be judged", async () => {
      const world = openWorld();
      const run = await world.forge.ci.createWorkflowRun({ repo: REPO, sha: world.base, branch: "main", by: "ada" });
      const first = world.issue("Older");
      const urgent = world.issue("Urgent", { labels: ["priority:1"] });
      world.nowMs += 60_000;
      for (const issue of [first, urgent]) world.label(issue);
      await world.later(61);
      expectNothingStarted(world);
      await world.forge.ci.updateWorkflowRun(REPO, run.id, { status: "completed", conclusion: "success" });
      await world.later(31);
      expect(world.threads()).toHaveLength(1);
      expect(world.labels(urgent)).toContain(IN_PROGRESS);
      expect(world.labels(first)).toEqual([READY]);
    });

    it("with a red trunk says so, and starts when it is green", async () => {
      const world = openWorld();
      await world.ci(world.base, "failure");
      const issue = world.readyIssue();
      await world.later(2);
      expectNothingStarted(world);
      expect(world.comment(issue)).toContain("is red");
      const repair = await world.push("Repair");
      await world.ci(repair, "success");
      await world.later(2);
      expect(world.threads()).toHaveLength(1);
    });

    it.each(["queued", "failure"] as const)(
      "heeds no workflow set off by an issue: one on the trunk, %s",
      async (word) => {
        const world = openWorld();
        await world.ci(world.base, "success");
        world.nowMs += 60_000;
        const issue = world.readyIssue();
        const triage = await setOffByAnIssue(world, world.base);
        if (word === "failure")
          await world.forge.ci.updateWorkflowRun(REPO, triage.id, { status: "completed", conclusion: word });
        await world.later(2);
        expect(world.threads()).toHaveLength(1);
        expect(world.labels(issue)).toContain(IN_PROGRESS);
      },
    );

    it("nor takes one for the CI of a repo that has none", async () => {
      const world = openWorld();
      const issue = world.readyIssue();
      const ends = async (sha: string) => {
        const { id } = await setOffByAnIssue(world, sha);
        await world.later(31);
        await world.forge.ci.updateWorkflowRun(REPO, id, { status: "completed", conclusion: "success" });
      };
      await ends(world.base);
      expect(world.threads()).toHaveLength(1);
      const sha = await world.land(world.agent.turn());
      world.agent.turn().complete();
      await ends(sha);
      await world.later(600);
      expect(world.on(issue).state).toBe("open");
      expect(world.comment(issue)).toContain("no CI ran on the landed commit");
      expect(world.labels(issue)).toEqual([FOR_HUMAN]);
    });

    it("without a model rings for one, and starts when it is set", async () => {
      const world = openWorld({ AFK_MODEL: undefined });
      const issue = world.readyIssue();
      await world.later(2);
      expectNothingStarted(world);
      expect(world.comments(issue)).toEqual([]);
      expect(world.phoneBells()).toHaveLength(1);
      expect(world.phoneBells()[0]).toContain("no model set");
      world.set({ AFK_MODEL: "claudeAgent/claude-opus-4" });
      await world.later(31);
      expect(world.threads()).toHaveLength(1);
    });

    it("takes the model of the project that lies under the forge's spelling of the repo", async () => {
      const world = openWorld({ AFK_MODEL: undefined });
      const issue = world.readyIssue();
      world.people.renameRepo({ repo: REPO, to: "Widgets", by: "ada" });
      world.t3.addProject(`/work/${forge}/octo/Widgets`, { instanceId: "claudeAgent", model: "claude-opus-4" });
      await world.later(2);
      expect(world.threads()).toHaveLength(1);
      expect(world.labels(issue)).toContain(IN_PROGRESS);
    });
  });

  describe("among many", () => {
    it("a bad issue does not stop the next one", async () => {
      const world = openWorld();
      const bad = world.issue("Bad");
      const good = world.issue("Good");
      world.nowMs += 60_000;
      for (const issue of [bad, good]) world.label(issue);
      world.forge.faults.add(
        ({ path }) => [`/issues/${bad}/events`, `/issues/${bad}/timeline`].some((record) => path.endsWith(record)),
        () => Response.json([{ id: 1, event: 7, created_at: {} }, "not an event"]),
      );
      await world.later(2);
      expect(world.threads()).toHaveLength(1);
      expect(world.labels(good)).toContain(IN_PROGRESS);
      expect(world.labels(bad)).toEqual([READY]);
    });

    it("two hundred strangers' issues cost ten candidates a look, and the one in between starts", async () => {
      const world = openWorld();
      world.losesDeliveries = true;
      for (let n = 0; n < 200; n++) world.issue(`Mine ${n}`, { by: "stranger", labels: [READY] });
      await world.sweep();
      await world.later(2);
      const looks = () => new Set(world.asked.filter((one) => /\/issues\/\d+\/(events|timeline)$/.test(one)));
      expect(looks().size).toBe(10);
      const forStrangers = () => world.asked.filter((one) => one.endsWith("/collaborators/stranger/permission")).length;
      expect(forStrangers()).toBeLessThanOrEqual(10);
      expect(world.wrote()).toEqual([]);
      const before = looks().size;
      await world.later(30);
      expect(looks().size).toBeLessThanOrEqual(before + 10);

      const issue = world.readyIssue("Ours");
      for (let look = 0; look < 25 && world.threads().length === 0; look++) await world.later(30);
      expect(world.threads()).toHaveLength(1);
      expect(world.labels(issue)).toContain(IN_PROGRESS);
    });
  });
});

it.each(FORGES)(
  "on %s, a run that has ended keeps no other repo waiting, whatever its forge still owes it",
  async (forge) => {
    const world = open({}, forge);
    const name = "octo/gadgets";
    const other = `${forge}:${name}`;
    world.people.addRepo({ name, permissions: { ada: "write", "afk-loop": forge === "forgejo" ? "admin" : "write" } });
    world.git.add(name, "main", { message: "Begin", files: ["README.md"] });
    world.set({ AFK_ALLOWLIST: `${world.key},${other}`, AFK_MAX_RUNS: "1" });
    const issue = world.readyIssue();
    await world.later(2);
    const gone = world.forge.faults.add(
      ({ path }) => path.startsWith(`/repos/${REPO}`) || path.includes(`/${REPO}/`),
      404,
    );
    const { number } = world.people.createIssue({
      repo: name,
      title: "Gadgets",
      body: "They do.",
      by: "ada",
      labels: [READY],
    });
    await world.later(5 * 3600);
    expect(world.turns()).toHaveLength(1);
    await world.sweep();
    for (let alarms = 0; alarms < 6; alarms++) await world.alarm(other);
    expect(world.turns()).toHaveLength(2);
    expect(world.turns()[1]).toContain(`${name}#${number}`);
    gone.remove();
    await world.later(3600);
    expect(world.labels(issue)).toEqual([FOR_HUMAN]);
  },
);
