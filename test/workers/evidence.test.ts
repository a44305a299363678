/** Evidence, not claims: what CI shows of an agent's phases, whose fault a red is, and what people see first. */
import { describe, expect, it } from "vitest";
import { briefOf, FOR_HUMAN, FORGES, openWorld as open, READY, REPO, type World } from "./world.ts";

const TEST = "test/widget.test.ts";

describe.each(FORGES)("on %s", (forge) => {
  const openWorld = (changed: Record<string, string | undefined> = {}) => open(changed, forge);

  /** The trunk's first commit is green, and its newest says what the repo asks for. */
  async function begun(rules?: string): Promise<{ world: World; issue: number }> {
    const world = openWorld();
    if (rules !== undefined) world.base = await world.rules(rules);
    await world.ci(world.base, "success");
    const issue = world.readyIssue();
    await world.later(2);
    expect(world.turns()).toHaveLength(1);
    return { world, issue };
  }

  /** The agent's two phases as CI saw them, then its landing, green. */
  async function worked(world: World, red: "failure" | "success" | "cancelled", green: "failure" | "success") {
    const turn = world.agent.turn();
    const { branch } = briefOf(turn);
    const tests = await world.push("Test the wobble\n\nAFK-Phase: tests-red", branch, "ada", [TEST]);
    await world.ci(tests, red, undefined, branch);
    await world.later(2);
    const code = await world.push("Steady them\n\nAFK-Phase: green", branch);
    await world.ci(code, green, undefined, branch);
    const sha = await world.landOnly(turn);
    turn.complete("Landed.");
    await world.later(2);
    return { tests, code, sha };
  }

  describe("red to green", () => {
    it("is verified as CI goes, and stands so in the end", async () => {
      const { world, issue } = await begun();
      const { tests, code, sha } = await worked(world, "failure", "success");
      expect(world.comment(issue)).toContain(`- [x] tests written, red - verified \`${tests.slice(0, 12)}\``);
      await world.ci(sha, "success");
      await world.later(2);
      expect(world.on(issue).done).toBe(true);
      expect(world.comment(issue)).toContain(`- [x] implemented, green - verified \`${code.slice(0, 12)}\``);
      const { body } = await world.board(`/api/runs?repo=${world.key}`);
      expect(body).toMatchObject({
        runs: [{ phases: [{}, { evidence: "verified" }, { evidence: "verified" }, {}, {}, {}, {}] }],
      });
    });

    it.each([
      [
        "both trailers on a green history stay claims",
        "success",
        "success",
        "claimed (no check that was green before",
        "claimed",
      ],
      ["a green that is red stays a claim", "failure", "failure", "verified", "claimed (none of the checks"],
      [
        "a red commit whose CI was cancelled counts for nothing",
        "cancelled",
        "success",
        "missing (CI cancelled)",
        "claimed",
      ],
    ] as const)("%s", async (_, red, green, redShown, greenShown) => {
      const { world, issue } = await begun();
      const { sha } = await worked(world, red, green);
      await world.ci(sha, "success");
      await world.later(2);
      expect(world.on(issue).done).toBe(true);
      expect(world.comment(issue)).toContain(`tests written, red - ${redShown}`);
      expect(world.comment(issue)).toContain(`implemented, green - ${greenShown}`);
    });

    it("a red commit that changes more than tests is a claim", async () => {
      const { world, issue } = await begun('tests: ["spec/**"]\n');
      const { sha } = await worked(world, "failure", "success");
      await world.ci(sha, "success");
      await world.later(2);
      expect(world.comment(issue)).toContain("tests written, red - claimed (more than tests: test/widget.test.ts)");
    });

    it("where the repo asks for it, what is not verified is handed over, and freezes nothing", async () => {
      const { world, issue } = await begun("evidence: required\n");
      const { sha } = await worked(world, "success", "success");
      await world.ci(sha, "success");
      await world.later(60);
      expect(world.labels(issue)).toEqual([FOR_HUMAN]);
      expect(world.comment(issue)).toContain("the repo asks for verified evidence");
      const next = world.readyIssue("Next");
      await world.later(2);
      expect(world.turns()).toHaveLength(2);
      expect(world.labels(next)).toContain(READY);
    });

    it("where the repo asks for it, what nobody was told of is read before it is judged", async () => {
      const { world, issue } = await begun("evidence: required\n");
      world.losesDeliveries = true;
      const turn = world.agent.turn();
      const { branch } = briefOf(turn);
      const tests = await world.push("Test the wobble\n\nAFK-Phase: tests-red", branch, "ada", [TEST]);
      await world.ci(tests, "failure", undefined, branch);
      const code = await world.push("Steady them\n\nAFK-Phase: green", branch);
      await world.ci(code, "failure", undefined, branch);
      const sha = await world.landOnly(turn);
      turn.complete("Landed.");
      await world.ci(sha, "success");
      await world.later(60);
      expect(world.labels(issue)).toEqual([FOR_HUMAN]);
      expect(world.comment(issue)).toContain("implemented, green - claimed (none of the checks");
    });

    it("where the repo asks for it, what is verified is closed", async () => {
      const { world, issue } = await begun("evidence: required\n");
      const { sha } = await worked(world, "failure", "success");
      await world.ci(sha, "success");
      await world.later(2);
      expect(world.on(issue).done).toBe(true);
    });
  });

  describe("a red", () => {
    it("that was there before is nobody's turn: handed over, with the way back", async () => {
      const { world, issue } = await begun();
      const broken = await world.push("Break it");
      await world.ci(broken, "failure");
      const sha = await world.landOnly(world.agent.turn());
      world.agent.turn().complete();
      await world.ci(sha, "failure");
      await world.later(2);
      expect(world.turns()).toHaveLength(1);
      expect(world.labels(issue)).toEqual([FOR_HUMAN]);
      const told = world.comments(issue).find((body) => body.includes("@ada"));
      expect(told).toContain("it was so before this change");
      expect(told).toContain(`\`git revert --no-edit ${sha} && git push origin main\``);
    });

    it("on a frozen trunk is the repairer's to mend, since that was the order", async () => {
      const { world } = await begun();
      world.set({ AFK_FIX_FORWARD_MAX_ATTEMPTS: "0" });
      const first = await world.landOnly(world.agent.turn());
      world.agent.turn().complete();
      await world.ci(first, "failure");
      await world.later(60);
      world.set({ AFK_FIX_FORWARD_MAX_ATTEMPTS: "5" });
      world.nowMs += 60_000;
      const repair = world.readyIssue("Repair it");
      await world.later(60);
      expect(world.turns()).toHaveLength(2);
      const sha = await world.landOnly(world.agent.turn());
      world.agent.turn().complete();
      await world.ci(sha, "failure");
      await world.later(60);
      expect(world.turns()).toHaveLength(3);
      expect(world.labels(repair)).toContain(READY);
    });

    it("that turns green by itself before its answer left costs nothing", async () => {
      const { world, issue } = await begun();
      const sha = await world.landOnly(world.agent.turn());
      world.agent.turn().complete();
      const run = await world.ci(sha, "failure");
      // It is decided, and what the turn would say cannot be read at once.
      const decided = () => world.log.some((line) => line.code === "fix_forward");
      world.forge.faults.add(({ path }) => decided() && path.includes(sha), 500, 1);
      await world.later(2);
      expect(decided()).toBe(true);
      await world.rerun(run, "success");
      await world.later(60);
      expect(world.turns()).toHaveLength(1);
      expect(world.on(issue).done).toBe(true);
      expect(world.comment(issue)).toContain("turned green with no new commit; no attempt was spent.");
      expect(world.comment(issue)).not.toContain("Fix-forward attempt");
    });
  });

  it.each([
    ["was lost on its way is taken back", "reset", 1],
    ["was taken, and only its answer lost, is one", "effect-then-reset", 2],
  ] as const)("an answer to a red that turned green, which %s", async (_, respond, turns) => {
    const { world, issue } = await begun();
    const sha = await world.landOnly(world.agent.turn());
    world.agent.turn().complete();
    const run = await world.ci(sha, "failure");
    const isTurn = ({ path, text }: { path: string; text: string }) =>
      path.endsWith("/dispatch") && text.includes('"thread.turn.start"');
    world.t3.faults.push({ match: isTurn, respond, times: 1 });
    await world.later(1);
    await world.rerun(run, "success");
    await world.later(60);
    expect(world.turns()).toHaveLength(turns);
    if (turns === 2) world.agent.turn().complete("Nothing to mend.");
    await world.later(120);
    expect(world.on(issue).done).toBe(true);
    expect(world.comment(issue).includes("Flaky: ")).toBe(turns === 1);
  });

  describe("a protected path", () => {
    it("that was pushed is handed over once it is green", async () => {
      const { world, issue } = await begun('protected: ["src/*.ts"]\n');
      const { sha } = await worked(world, "failure", "success");
      await world.ci(sha, "success");
      await world.later(60);
      expect(world.labels(issue)).toEqual([FOR_HUMAN]);
      expect(world.comment(issue)).toContain("for people to see first (src/widget.ts)");
      expect(world.on(issue).state).toBe("open");
    });

    it.each([
      ["closed, if it touches none", "{}", true],
      ["handed over, if it touches one", 'protected: ["src/*.ts"]', false],
    ])(
      "is looked for when the time of an agent that never rests is over: what has passed is %s",
      async (_, rules, done) => {
        const world = openWorld({ AFK_RUN_MAX_SECONDS: "600" });
        world.base = await world.rules(`${rules}\n`);
        await world.ci(world.base, "success");
        const issue = world.readyIssue();
        await world.later(2);
        const sha = await world.landOnly(world.agent.turn());
        await world.ci(sha, "success");
        for (let minute = 0; minute < 9; minute++) {
          world.agent.turn().activity("npm test");
          await world.later(60);
        }
        await world.later(180);
        expect(world.on(issue).done).toBe(done);
        expect(world.labels(issue)).toEqual(done ? [] : [FOR_HUMAN]);
      },
    );
  });

  it("a frozen repo says on the next issue what is red, what was tried, whom it holds up and the way back", async () => {
    const { world } = await begun("limits:\n  fix_attempts: 0\n");
    const sha = await world.landOnly(world.agent.turn());
    world.agent.turn().complete();
    await world.ci(sha, "failure");
    const waiting = world.readyIssue("Waits");
    await world.later(60);
    const said = world.comment(waiting);
    expect(said).toContain(`left ${sha.slice(0, 12)} red`);
    expect(said).toContain("no fix was tried");
    expect(said).toContain(`holds up #${waiting}`);
    expect(said).toContain(`\`git revert --no-edit ${sha} && git push origin main\``);
    const { body } = await world.board(`/api/repos/${forge}/${REPO}/issues/${waiting}`);
    expect(body).toMatchObject({ refusal: { code: "repo_frozen", reason: expect.stringContaining("git revert") } });
  });
});
