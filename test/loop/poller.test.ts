import { describe, expect, it } from "vitest";
import { startReady } from "../../lib/loop/poller.ts";
import { Kit, READY, REPO, Troubles } from "./kit.ts";

const look = (kit: Kit) => startReady(kit.loop, new Troubles());

/** The issues whose record was read, in order. */
function judged(kit: Kit): number[] {
  return kit
    .heard()
    .flatMap((one) => /^GET \/issues\/(\d+)\/events$/.exec(one)?.[1] ?? [])
    .map(Number);
}

function strangersIssues(kit: Kit, count: number): void {
  for (let n = 0; n < count; n++) kit.scene.issue(`Mine ${n}`, [READY], "stranger");
}

describe("the poller", () => {
  it("claims the most urgent: lowest priority first, then lowest number, and one a look", async () => {
    const kit = new Kit();
    for (const labels of [[], ["priority:2"], ["priority:1"], ["priority:1"]]) kit.ready("One", labels);
    expect(await look(kit)).toBe("claimed");
    expect(kit.runs().map((run) => run.issue.number)).toEqual([3]);
    expect(judged(kit)).toEqual([3]);
  });

  it("passes over what is refused to the next", async () => {
    const kit = new Kit();
    kit.scene.issue("Mine", [READY, "priority:1"], "stranger");
    const issue = kit.ready();
    expect(await look(kit)).toBe("claimed");
    expect(kit.run().issue.number).toBe(issue);
    expect(judged(kit)).toEqual([1, issue]);
  });

  it("judges ten a look, and each of thirty within three", async () => {
    const kit = new Kit();
    strangersIssues(kit, 30);
    const seen: number[][] = [];
    for (let n = 0; n < 3; n++) {
      await look(kit);
      seen.push(judged(kit));
      kit.scene.later(30);
    }
    expect(seen.map((each) => each.length)).toEqual([10, 10, 10]);
    expect(new Set(seen.flat()).size).toBe(30);
    await look(kit);
    expect(judged(kit)).toEqual(seen[0]);
  });

  it("lets no ten that cannot be judged stand before all others, and judges these again all the same", async () => {
    const kit = new Kit();
    for (let n = 0; n < 12; n++) kit.ready(`Unreadable ${n}`, ["priority:1"]);
    const fault = kit.scene.github.faults.add(({ path }) => /\/issues\/([1-9]|1[0-2])\/events$/.test(path), 502);
    const issue = kit.ready();
    expect(await look(kit)).toBe("later");
    expect(judged(kit)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    kit.scene.later(30);
    expect(await look(kit)).toBe("claimed");
    expect(judged(kit)).toEqual([11, 12, issue]);
    expect(kit.run().issue.number).toBe(issue);
    fault.remove();
  });

  it("puts nobody back for a trunk whose CI is under way: the most urgent goes first once it is green", async () => {
    const kit = new Kit();
    for (let n = 0; n < 12; n++) kit.ready(`One ${n}`);
    const fault = kit.scene.github.faults.add(
      ({ path }) => path.endsWith("/check-runs"),
      async (_, serve) => {
        const answer = (await (await serve()).json()) as object;
        const run = {
          id: 9,
          name: "test",
          status: "in_progress",
          conclusion: null,
          started_at: "2026-11-01T09:00:00Z",
        };
        const app = { id: 1, slug: "other" };
        return Response.json({ ...answer, total_count: 1, check_runs: [{ ...run, app, check_suite: { id: 5 } }] });
      },
    );
    expect(await look(kit)).toBe("later");
    fault.remove();
    kit.scene.later(30);
    expect(await look(kit)).toBe("claimed");
    expect(kit.run().issue.number).toBe(1);
  });

  it("begins with the most urgent again once a freeze is lifted", async () => {
    const kit = new Kit();
    const [one] = [kit.ready("One"), kit.ready("Two")];
    const { store } = kit.loop;
    const { ci } = kit.scene.github;
    const run = await ci.createWorkflowRun({ repo: REPO, sha: kit.scene.base, branch: "main", by: "ada" });
    await ci.updateWorkflowRun(REPO, run.id, { status: "completed", conclusion: "success" });
    const freeze = { at: 0, run: "r", issue: 9, sha: kit.scene.base, forgeIso: null };
    store.putRepo({ ...store.repo(), freeze, judged: [one] });
    expect(await look(kit)).toBe("claimed");
    expect(judged(kit)).toEqual([one]);
  });

  describe("with fifty requests an invocation", () => {
    const blocked = (kit: Kit, count: number, labels: string[] = []): number[] => {
      const blocker = kit.scene.issue("Blocker", []);
      return Array.from({ length: count }, (_, n) => {
        const number = kit.ready(`Blocked ${n}`, labels);
        const by = { by: "ada", blocker: { repo: REPO, number: blocker } };
        kit.scene.github.people.addBlockedBy({ repo: REPO, number, ...by });
        return number;
      });
    };
    const lookOnce = async (kit: Kit) => {
      kit.invocation();
      const answer = await look(kit);
      return [answer, ...judged(kit)];
    };

    it("comes to the one that is ready behind eight that are blocked, in turn", async () => {
      const kit = new Kit();
      const [one, two, three, four, five, six, seven, eight] = blocked(kit, 8);
      const free = kit.ready("Free");
      expect(await lookOnce(kit)).toEqual(["on", one, two, three, four]);
      expect(await lookOnce(kit)).toEqual(["on", five, six, seven, eight]);
      expect(await lookOnce(kit)).toEqual(["claimed", free]);
      expect(kit.run().issue.number).toBe(free);
      expect(kit.loop.store.repo().troubles).toEqual({});
    });

    it("ends with a turn for each, and begins the next one with the most urgent", async () => {
      const kit = new Kit();
      blocked(kit, 6);
      const urgent = kit.ready("Urgent", ["priority:1"]);
      const wished = kit.scene.github.faults.add(({ path }) => path.endsWith(`/issues/${urgent}/events`), 502);
      const [first, ...others] = await lookOnce(kit);
      expect([first, others[0]]).toEqual(["on", urgent]);
      // It stands unread: whoever had no turn goes before it, and then it is asked again.
      expect(await lookOnce(kit)).toContain("later");
      wished.remove();
      expect(await lookOnce(kit)).toEqual(["claimed", urgent]);
    });

    it("begins with the most urgent again once something was claimed", async () => {
      const kit = new Kit();
      blocked(kit, 6);
      kit.ready("Free");
      await lookOnce(kit);
      expect(kit.loop.store.repo().judged).toHaveLength(4);
      expect(await lookOnce(kit)).toContain("claimed");
      expect(kit.loop.store.repo().judged).toBeUndefined();
    });

    it("begins with the one whose judging was cut off, for want of room for all whom it names", async () => {
      const kit = new Kit();
      const closed = Array.from({ length: 20 }, (_, n) => {
        const number = kit.scene.issue(`Closed ${n}`, []);
        kit.scene.github.people.close({ repo: REPO, number, by: "ada" });
        return `#${number}`;
      });
      blocked(kit, 1, ["priority:1"]);
      const body = `Blocked by ${closed.join(", ")}`;
      const { number } = kit.scene.github.people.createIssue({ repo: REPO, title: "Names twenty", body, by: "ada" });
      kit.scene.later(60);
      kit.scene.github.people.label({ repo: REPO, number, by: "ada", label: READY });
      kit.ready("Free");
      const [answer, , second] = await lookOnce(kit);
      expect([answer, second]).toEqual(["on", number]);
      expect(await lookOnce(kit)).toEqual(["claimed", number]);
    });

    it("gives another turn to one that a delivery tells of", async () => {
      const kit = new Kit();
      const [one, two, three, four, five, six, seven] = blocked(kit, 7);
      expect(await lookOnce(kit)).toEqual(["on", one, two, three, four]);
      kit.loop.store.transaction(() => kit.loop.store.wake(kit.loop.now(), { issue: two ?? 0 }));
      expect(await lookOnce(kit)).toEqual(["nothing", two, five, six, seven]);
    });

    it("does not go on at once for a trunk whose CI is under way", async () => {
      const kit = new Kit();
      for (let n = 0; n < 6; n++) kit.ready(`One ${n}`);
      kit.loop.ci.checks = async () => ({ known: false, why: "answers 502", auth: false });
      for (let n = 0; n < 2; n++) {
        const [answer, first] = await lookOnce(kit);
        expect([answer, first]).toEqual(["later", 1]);
      }
    });
  });

  it("says a refusal once, however often it is judged, and writes nothing anywhere", async () => {
    const kit = new Kit();
    strangersIssues(kit, 3);
    for (let n = 0; n < 3; n++) expect(await look(kit)).toBe("nothing");
    expect(kit.log.map((line) => [line.issue, line.code])).toEqual(
      [1, 2, 3].map((issue) => [issue, "labeller_untrusted"]),
    );
    expect(kit.loop.store.repo().refused).toEqual([1, 2, 3]);
    expect(kit.loop.store.issue(1)?.refusal).toMatchObject({ code: "labeller_untrusted" });
    expect(kit.asked.filter((one) => !one.startsWith("GET"))).toEqual([]);
  });

  it("forgets a refusal with its label", async () => {
    const kit = new Kit();
    strangersIssues(kit, 1);
    await look(kit);
    kit.scene.github.people.unlabel({ repo: REPO, number: 1, by: "ada", label: READY });
    expect(await look(kit)).toBe("nothing");
    expect(kit.loop.store.repo().refused).toEqual([]);
    expect(kit.loop.store.issue(1)?.refusal).toBeNull();
  });

  it.each([
    ["the list", /\/issues$/],
    ["the repo", /^\/repos\/octo\/widgets$/],
    ["the issue", /\/issues\/1$/],
    ["its record", /\/events$/],
    ["the permission", /\/permission$/],
    ["the last edit", /\/graphql$/],
    ["the blockers", /\/blocked_by$/],
    ["the trunk", /\/branches\/main$/],
    ["the checks", /\/check-runs$/],
  ])("cannot read %s: not now, look again, and nothing is refused", async (_what, path) => {
    const kit = new Kit();
    kit.ready();
    kit.scene.github.faults.add((request) => path.test(request.path), 500);
    expect(await look(kit)).toBe("later");
    expect(kit.runs()).toEqual([]);
    expect(kit.loop.store.repo().refused).toEqual([]);
    expect(kit.fleet.reservations).toEqual({});
    kit.scene.github.faults.clear();
    expect(await look(kit)).toBe("claimed");
  });

  it("claims only on the ledger it looked at: changed meanwhile, it looks again and gives its place back", async () => {
    const kit = new Kit();
    kit.ready();
    kit.scene.github.faults.add(
      ({ path }) => path.endsWith("/permission"),
      (_request, serve) => {
        const repo = kit.loop.store.repo();
        kit.loop.store.putRepo({ ...repo, version: repo.version + 1 });
        return serve();
      },
      1,
    );
    expect(await look(kit)).toBe("stale");
    expect(kit.runs()).toEqual([]);
    expect(kit.fleet).toMatchObject({ reservations: {}, threads: [] });
    expect(await look(kit)).toBe("claimed");
    expect(Object.keys(kit.fleet.reservations)).toEqual([kit.run().id]);
  });

  it("stores the run, the consumed label event and the acts in the claim's order, and performs none", async () => {
    const kit = new Kit();
    const issue = kit.ready();
    await look(kit);
    const run = kit.run();
    expect(run).toMatchObject({ claim: 0, trunk: "main", base: kit.scene.base, branch: `afk/${issue}-${run.id}` });
    expect(run.acts.map((act) => [act.key, act.after, act.state])).toEqual([
      ["stamp", [], "pending"],
      ["unstamp", [], "pending"],
      ["read-back", ["stamp"], "pending"],
      ["thread", ["read-back"], "pending"],
      ["turn-1", ["thread"], "pending"],
    ]);
    expect(kit.loop.store.event(run.labelEvent.id)).toMatchObject({ runId: run.id, consumed: true });
    expect(kit.loop.store.issue(issue)).toMatchObject({ runs: [run.id], refusal: null });
    expect(kit.ledger.alarmAt).toBe(kit.scene.nowMs);
    expect(kit.asked.filter((one) => !one.startsWith("GET") && !one.endsWith("/graphql"))).toEqual([]);
  });

  it("gives the same wish the same run id, whoever claims it", async () => {
    const claim = async () => {
      const kit = new Kit();
      kit.ready();
      await look(kit);
      return kit.run().id;
    };
    expect(await claim()).toBe(await claim());
  });

  it("claims no second run while the first is in flight", async () => {
    const kit = new Kit();
    kit.ready("One");
    kit.ready("Two");
    await look(kit);
    await look(kit);
    expect(kit.runs()).toHaveLength(1);
  });

  it.each([
    ["switched off", { AFK_KILL_SWITCH: "true" }],
    ["not enrolled", { AFK_ALLOWLIST: "github:octo/gadgets" }],
  ])("%s asks nobody anything", async (_how, settings) => {
    const kit = new Kit(settings);
    kit.ready();
    expect(await look(kit)).toBe("nothing");
    expect(kit.asked).toEqual([]);
    expect(kit.ledger.entries.size).toBe(0);
  });
});
