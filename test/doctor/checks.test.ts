/** What is said of what was read: words and states, without any system. */
import { describe, expect, test } from "vitest";
import { forgeChecks, nearing } from "../../lib/doctor/checks/forges.ts";
import { type HookWish, hookChecks } from "../../lib/doctor/checks/hooks.ts";
import { hostChecks } from "../../lib/doctor/checks/host.ts";
import { t3Checks } from "../../lib/doctor/checks/t3.ts";
import { Clocks } from "../../lib/doctor/clocks.ts";
import type { ClockFacts, Facts, HookFacts } from "../../lib/doctor/facts.ts";
import { EVENTS } from "../../lib/doctor/hook-events.ts";
import { saw, unseen } from "../../lib/doctor/seen.ts";

const DAY_MS = 86_400_000;

test.each([
  [-1, "FAIL", "it has ended"],
  [0.5, "FAIL", "it ends within a day"],
  [1.5, "FAIL", "it ends in 1 day"],
  [2.9, "FAIL", "it ends in 2 days"],
  [3, "WARN", "it ends in 3 days"],
  [13.9, "WARN", "it ends in 13 days"],
  [14, "OK", "it ends in 14 days"],
])("a token with %s days left: %s", (days, state, what) => {
  expect(nearing("t3-token-expiry", "t3", days * DAY_MS, "make another")).toMatchObject({ state, what });
});

test.each<[string[], string]>([
  [[], "T3_URL and T3_TOKEN are not both set -> set both (docs/t3.md)"],
  [["T3_URL"], "T3_TOKEN is not set (T3_URL is) -> set it (docs/t3.md)"],
  [["T3_TOKEN"], "T3_URL is not set (T3_TOKEN is) -> set it (docs/t3.md)"],
  [["T3_URL", "T3_TOKEN"], "T3_URL is no address -> set it right (docs/t3.md)"],
])("of T3's settings %j are set", (set, words) => {
  const facts: Facts = Object({ t3: null, forges: [], settings: { set: new Set(set) } });
  expect(t3Checks(facts).map(({ what, mend }) => `${what} -> ${mend}`)).toEqual([words]);
});

const GITHUB = { forge: "github", owner: "o", name: "n" };
const FORGEJO = { ...GITHUB, forge: "forgejo" };

test.each<[string[], object[], string]>([
  [[], [], "forge: no forge's credentials are set"],
  [["FORGEJO_URL"], [], "forgejo: FORGEJO_TOKEN is not set (FORGEJO_URL is)"],
  [["FORGEJO_TOKEN"], [FORGEJO], "forgejo: FORGEJO_URL is not set (FORGEJO_TOKEN is)"],
  [["FORGEJO_TOKEN"], [GITHUB], "github: neither GITHUB_TOKEN nor an App is set"],
  [["GITHUB_APP_ID"], [GITHUB], "github: GITHUB_APP_PRIVATE_KEY is not set (GITHUB_APP_ID is)"],
  [[], [FORGEJO], "forgejo: FORGEJO_URL and FORGEJO_TOKEN are not both set"],
])("of the forges' settings %j are set, and of repos there are %j", (set, repos, words) => {
  const facts: Facts = Object({ forges: [], settings: { set: new Set(set), repos } });
  expect(forgeChecks(facts).map(({ subject, what }) => `${subject}: ${what}`)).toEqual([words]);
});

describe("a webhook", () => {
  const URL = "https://loop.example/webhooks/github";
  const REPO = { forge: "github" as const, owner: "o", name: "n" };
  const hook: HookFacts = {
    ...{ id: "1", url: URL, active: true, events: [...EVENTS.github.told], contentType: "json", kind: null },
    ...{ branchFilter: "", hasSecret: true, deliveries: saw([]) },
  };
  const wish: HookWish = { forge: "github", repo: REPO, publicUrl: "https://loop.example", hasSecret: true };
  const told = (hooks: HookFacts[], more: Partial<HookWish> = {}) =>
    hookChecks("github", saw(hooks), { ...wish, ...more }).map(({ code, state }) => `${state} ${code}`);

  test("that nothing asks for is fine to be missing", () => {
    expect(told([], { publicUrl: null, hasSecret: false })).toEqual(["OK webhook-present"]);
    expect(told([], { publicUrl: null })).toEqual(["WARN webhook-present"]);
    expect(told([])).toEqual(["WARN webhook-present"]);
  });

  test("counts by its address: an other's is none, and a slash is nothing", () => {
    expect(told([{ ...hook, url: "https://ci.example/hook" }])).toEqual(["WARN webhook-present"]);
    // The loop answers 404 to both: its paths are exact.
    for (const astray of [`${URL}/`, URL.replace("/webhooks/", "/webhook/")])
      expect(told([{ ...hook, url: astray }])).toEqual(["WARN webhook-present"]);
    expect(told([{ ...hook, url: "https://else.example/webhooks/github" }, hook])[0]).toBe("OK webhook-present");
    expect(told([{ ...hook, url: "https://else.example/webhooks/github" }], { publicUrl: null })[0]).toBe(
      "OK webhook-present",
    );
  });

  test("of which nobody says that it is ours may be another loop's: nothing is offered, and nothing of it is judged", () => {
    const wrong = { ...hook, active: false, hasSecret: false, events: [] };
    const said = hookChecks("github", saw([wrong]), { ...wish, publicUrl: null, hasSecret: false });
    expect(said.map(({ code, state }) => `${state} ${code}`)).toEqual(["WARN webhook-present"]);
    expect(said[0]?.what).toContain(URL);
    const told = hookChecks("github", saw([wrong]), { ...wish, publicUrl: null });
    expect([...said, ...told].flatMap(({ offers }) => offers)).toEqual([]);
    expect(hookChecks("github", saw([wrong]), wish).some(({ offers }) => offers.length > 0)).toBe(true);
  });

  test.each([
    [200, "OK"],
    [202, "OK"],
    [0, "FAIL"],
    [302, "FAIL"],
    [404, "FAIL"],
    [502, "FAIL"],
  ])("whose newest delivery was answered %s: %s", (status, state) => {
    const older = { atIso: "2026-11-01T00:00:00Z", event: "push", status: status === 200 ? 500 : 200, word: "" };
    const deliveries = saw([older, { ...older, atIso: "2026-11-02T00:00:00Z", status }]);
    expect(told([{ ...hook, deliveries }])).toContain(`${state} webhook-last-delivery`);
  });

  test("whose secret nobody knows here: setup makes another, where the webhook may be touched", () => {
    const mendOf = (more: Partial<HookWish>) =>
      hookChecks("github", saw([hook]), { ...wish, hasSecret: false, ...more }).find(
        ({ code }) => code === "webhook-secret",
      )?.mend;
    expect(mendOf({})).toBe(
      "npm run setup makes a new one and gives it to the webhook; or set it to the secret that the webhook has",
    );
    expect(mendOf({ repo: null })).toBe("set it to the secret that the webhook has");
  });

  test("told of everything is told enough", () => {
    expect(told([{ ...hook, events: ["*"] }])).toContain("OK webhook-events");
    expect(told([{ ...hook, events: null }])).toContain("UNKNOWN webhook-events");
  });

  test("that cannot be read is one line", () => {
    const unread = hookChecks("github", unseen("500"), wish);
    expect(unread.map(({ state }) => state)).toEqual(["UNKNOWN"]);
    expect(unread[0]?.mend).toContain("GITHUB_TOKEN=…");
  });
});

describe("the clocks", () => {
  const ask = async (aheadMs: number, tookMs: number, headers: Record<string, string> = {}) => {
    let now = Date.parse("2026-11-01T00:00:00.300Z");
    const clocks = new Clocks(() => now);
    const send = clocks.watching("forge", async () => {
      const date = new Date(now + tookMs / 2 + aheadMs).toUTCString();
      now += tookMs;
      return new Response(null, { headers: { date, ...headers } });
    });
    await send("https://forge.example", {});
    return clocks.facts();
  };
  const said = (clocks: ClockFacts[]) => {
    const host = { dataDir: "data", state: unseen(""), knownVersion: 1, disk: unseen("") };
    const facts: Pick<Facts, "clocks" | "host" | "loop" | "settings"> = {
      ...{ clocks, host, loop: { publicUrl: null, health: null } },
      settings: Object({ set: new Set() }),
    };
    return hostChecks(Object(facts)).filter(({ code }) => code === "clock-skew");
  };

  test.each([
    [0, 20, "OK"],
    [900, 20, "OK"],
    [25_000, 20, "OK"],
    [-40_000, 20, "WARN"],
    [40_000, 20, "WARN"],
    // Slow as it was, nobody can say.
    [40_000, 60_000, "OK"],
    [120_000, 20, "FAIL"],
    [-120_000, 20, "FAIL"],
  ])("%s ms ahead, answered in %s ms: %s", async (aheadMs, tookMs, state) => {
    expect(said(await ask(aheadMs, tookMs))).toMatchObject([{ state, subject: "forge" }]);
  });

  test("are not told by an answer out of a cache, nor by none", async () => {
    expect(said(await ask(0, 20, { age: "3600" }))).toMatchObject([{ state: "UNKNOWN" }]);
  });
});
