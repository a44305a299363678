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
