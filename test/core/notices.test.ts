import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DISK_ENOUGH_BYTES, DISK_LOW_BYTES } from "../../lib/core/disk.ts";
import { noticeText } from "../../lib/core/notice-words.ts";
import { checks, type KeptNotices, type NoticeFacts, notices, rung, type Warning } from "../../lib/core/notices.ts";

const T0 = 1_800_000_000_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const REPO = "forge:acme/app";
const quiet: NoticeFacts = {
  hooked: [],
  standings: {},
  held: {},
  quota: {},
  tokens: {},
  sweptAt: null,
  disk: null,
  unread: null,
};
const token = (endsAt: number | null): NoticeFacts => ({ ...quiet, tokens: { T3: { endsAt } } });
const repo = (standing: Partial<NoticeFacts["standings"][string]>): NoticeFacts => ({
  ...quiet,
  hooked: [REPO],
  standings: { [REPO]: { oldestActAt: null, ...standing } },
});
const quota = (remaining: number, limit?: number, resetAt = T0 + HOUR): NoticeFacts => ({
  ...quiet,
  quota: { forge: { remaining, resetAt, ...(limit === undefined ? {} : { limit }) } },
});
const disk = (freeBytes: number, at = T0): NoticeFacts => ({ ...quiet, disk: { freeBytes, at } });
const ended = (days: number, endsAt: number): Warning => ({ kind: "token", system: "T3", days, endsAt });

describe("what stands", () => {
  const table: [string, NoticeFacts, string, Warning | null | "unknown" | undefined][] = [
    ["a token that ends far off", token(T0 + 14 * DAY + 1), "token:T3", null],
    ["in 14 days", token(T0 + 14 * DAY), "token:T3", ended(14, T0 + 14 * DAY)],
    ["in more than 3 days", token(T0 + 3 * DAY + 1), "token:T3", ended(14, T0 + 3 * DAY + 1)],
    ["in 3 days", token(T0 + 3 * DAY), "token:T3", ended(3, T0 + 3 * DAY)],
    ["in a day", token(T0 + DAY), "token:T3", ended(0, T0 + DAY)],
    ["one that has ended", token(T0 - DAY), "token:T3", ended(0, T0 - DAY)],
    ["one that does not end", token(null), "token:T3", null],
    ["a system nobody asked", quiet, "token:T3", undefined],
    ["a repo without a run", repo({}), `webhook:${REPO}`, "unknown"],
    ["a repo nothing is known of", { ...quiet, hooked: [REPO] }, `webhook:${REPO}`, "unknown"],
    ["a young claim, nothing heard", repo({ claimedAt: T0 - 10 * MINUTE + 1 }), `webhook:${REPO}`, "unknown"],
    ["an older one", repo({ claimedAt: T0 - 10 * MINUTE }), `webhook:${REPO}`, { kind: "webhook", repo: REPO }],
    [
      "a claim with a delivery since",
      repo({ claimedAt: T0 - HOUR, deliveredAt: T0 - HOUR + 1 }),
      `webhook:${REPO}`,
      null,
    ],
    [
      "one just before it",
      repo({ claimedAt: T0 - HOUR, deliveredAt: T0 - HOUR - 10 * MINUTE }),
      `webhook:${REPO}`,
      null,
    ],
    [
      "one long before it",
      repo({ claimedAt: T0 - HOUR, deliveredAt: T0 - HOUR - 10 * MINUTE - 1 }),
      `webhook:${REPO}`,
      { kind: "webhook", repo: REPO },
    ],
    ["a repo whose webhook is not ours", { ...repo({ claimedAt: 0 }), hooked: [] }, `webhook:${REPO}`, undefined],
    ["the first sweep", quiet, "sweep", null],
    ["a sweep on time", { ...quiet, sweptAt: T0 - 10 * MINUTE }, "sweep", null],
    ["a late one", { ...quiet, sweptAt: T0 - 11 * MINUTE }, "sweep", { kind: "sweep", minutes: 11 }],
    ["no act", repo({}), `acts:${REPO}`, null],
    ["an act of an hour", repo({ oldestActAt: T0 - HOUR }), `acts:${REPO}`, null],
    ["an older act", repo({ oldestActAt: T0 - HOUR - 1 }), `acts:${REPO}`, { kind: "acts", repo: REPO }],
    ["a repo whose records are read", repo({}), `held:${REPO}`, null],
    [
      "one whose records are not",
      { ...repo({}), held: { [REPO]: "it is newer" } },
      `held:${REPO}`,
      { kind: "held", repo: REPO, why: "it is newer" },
    ],
    [
      "one of which nothing else is known",
      { ...quiet, held: { other: "it is newer" } },
      "held:other",
      { kind: "held", repo: "other", why: "it is newer" },
    ],
    ["what the repos share can be read", quiet, "fleet", null],
    ["it cannot", { ...quiet, unread: "it is newer" }, "fleet", { kind: "fleet", why: "it is newer" }],
    ["a tenth of the quota", quota(500, 5000), "quota:forge", null],
    ["less", quota(499, 5000), "quota:forge", { kind: "quota", forge: "forge", remaining: 499, limit: 5000 }],
    ["less, and it is whole again", quota(499, 5000, T0), "quota:forge", null],
    ["of how many is not told", quota(1), "quota:forge", "unknown"],
    ["a state that is kept elsewhere", quiet, "disk", undefined],
    ["a disk with room", disk(DISK_ENOUGH_BYTES), "disk", null],
    ["less, about the limit", disk(DISK_ENOUGH_BYTES - 1), "disk", "unknown"],
    ["at the limit", disk(DISK_LOW_BYTES), "disk", "unknown"],
    ["below it", disk(DISK_LOW_BYTES - 1), "disk", { kind: "disk", freeBytes: DISK_LOW_BYTES - 1 }],
    ["below it, and told long ago", disk(1, T0 - 10 * MINUTE - 1), "disk", "unknown"],
  ];

  test.each(table)("%s", (_what, facts, key, warning) => {
    expect(checks(facts, T0).find((one) => one.key === key)?.warning).toEqual(warning);
  });
});

/** Sweeps minute by minute; each bell that is owed rings unless its notifier is deaf. Gives what rang. */
class Nights {
  kept: KeptNotices = {};
  now = T0;
  notifiers = ["slack", "ntfy"];
  deaf: string[] = [];

  sweep(facts: NoticeFacts, minutes = 1): string[] {
    this.now += minutes * MINUTE;
    const found = notices({ facts, kept: this.kept, notifiers: this.notifiers }, this.now);
    this.kept = found.kept;
    return found.rings.flatMap((ring) => {
      if (this.deaf.includes(ring.notifier)) return [];
      this.kept = rung(this.kept, ring, "heard");
      const stage = ring.warning.kind === "token" ? ` ${ring.warning.days}` : "";
      return [`${ring.notifier} ${ring.key}${stage} ${ring.state}`];
    });
  }
}

describe("what rings", () => {
  test("once each, and once when it is mended", () => {
    const nights = new Nights();
    const old = repo({ oldestActAt: T0 - 2 * HOUR });
    expect(nights.sweep(old)).toEqual([`slack acts:${REPO} stands`, `ntfy acts:${REPO} stands`]);
    expect(nights.sweep(old)).toEqual([]);
    expect(nights.sweep(old, 600)).toEqual([]);
    expect(nights.sweep(repo({}))).toEqual([`slack acts:${REPO} mended`, `ntfy acts:${REPO} mended`]);
    expect(nights.sweep(repo({}))).toEqual([]);
    expect(nights.kept).toEqual({});
    expect(nights.sweep(old)).toHaveLength(2);
  });

  test("a token's three stages, each once, and a new token", () => {
    const nights = new Nights();
    nights.notifiers = ["ntfy"];
    const end = T0 + 20 * DAY;
    const rings: string[] = [];
    for (let day = 0; day < 22; day++) rings.push(...nights.sweep(token(end), DAY / MINUTE));
    expect(rings).toEqual(["ntfy token:T3 14 stands", "ntfy token:T3 3 stands", "ntfy token:T3 0 stands"]);
    expect(nights.sweep(token(nights.now + 90 * DAY))).toEqual(["ntfy token:T3 0 mended"]);
  });

  test("one first seen late rings for the nearest stage alone; another token that is not far off rings when it is nearer", () => {
    const nights = new Nights();
    nights.notifiers = ["ntfy"];
    expect(nights.sweep(token(T0 + 2 * DAY))).toEqual(["ntfy token:T3 3 stands"]);
    expect(nights.sweep(token(T0 + 10 * DAY))).toEqual([]);
    expect(nights.sweep(token(T0 + 10 * DAY), (8 * DAY) / MINUTE)).toEqual(["ntfy token:T3 3 stands"]);
  });

  test("who is deaf hears later, alone; of a trouble that passed meanwhile it hears nothing", () => {
    const nights = new Nights();
    nights.deaf = ["slack"];
    const low = quota(1, 5000, T0 + DAY);
    expect(nights.sweep(low)).toEqual(["ntfy quota:forge stands"]);
    expect(nights.sweep(low)).toEqual([]);
    nights.deaf = [];
    expect(nights.sweep(low)).toEqual(["slack quota:forge stands"]);
    nights.sweep(quota(5000, 5000));
    nights.sweep(quota(5000, 5000));
    nights.deaf = ["slack"];
    expect(nights.sweep(low)).toEqual(["ntfy quota:forge stands"]);
    nights.deaf = [];
    expect(nights.sweep(quota(5000, 5000))).toEqual(["ntfy quota:forge mended"]);
  });

  test("a gap between sweeps is past when it is found: who could not hear of it hears it late, and then its mending", () => {
    const nights = new Nights();
    nights.deaf = ["slack"];
    const late = { ...quiet, sweptAt: T0 - HOUR };
    expect(nights.sweep(late)).toEqual(["ntfy sweep stands"]);
    expect(nights.sweep(quiet)).toEqual([]);
    nights.deaf = [];
    expect(nights.sweep(quiet)).toEqual(["slack sweep stands"]);
    expect(nights.sweep(quiet)).toEqual(["ntfy sweep mended", "slack sweep mended"]);
    expect(nights.sweep(quiet)).toEqual([]);
  });

  test("what is not known for a while neither rings nor mends, and a repo taken off the list is forgotten", () => {
    const nights = new Nights();
    expect(nights.sweep(repo({ claimedAt: T0 - HOUR }))).toHaveLength(2);
    expect(nights.sweep(repo({ claimedAt: nights.now }))).toEqual([]);
    expect(nights.sweep(quiet)).toEqual([]);
    expect(nights.kept).toEqual({});
  });

  test("a bell that rang for what has changed meanwhile is not taken for another's", () => {
    const facts = token(T0 + 2 * DAY);
    const found = notices({ facts, kept: {}, notifiers: ["ntfy"] }, T0);
    const [ring] = found.rings;
    if (!ring) throw new Error("nothing rings");
    const later = notices({ facts, kept: found.kept, notifiers: ["ntfy"] }, T0 + DAY + HOUR);
    expect(rung(later.kept, ring, "heard")).toEqual(later.kept);
    expect(rung(found.kept, ring, "refused")["token:T3"]).toMatchObject({ owed: [], heard: [] });
  });

  test("what is new is told once for the log", () => {
    const facts = repo({ oldestActAt: 0 });
    const first = notices({ facts, kept: {}, notifiers: [] }, T0);
    expect(first.news.map((one) => one.warning.kind)).toEqual(["acts"]);
    expect(notices({ facts, kept: first.kept, notifiers: [] }, T0 + 1).news).toEqual([]);
  });

  test("whatever comes and goes, each bell rings and is mended in turn", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.boolean()), { maxLength: 40 }), (weather) => {
        const nights = new Nights();
        nights.notifiers = ["ntfy"];
        const rings = weather.flatMap(([bad, deaf]) => {
          nights.deaf = deaf ? ["ntfy"] : [];
          return nights.sweep(bad ? repo({ oldestActAt: 0 }) : repo({}));
        });
        const states = rings.map((one) => one.split(" ").at(-1));
        // A trouble may come back before its mending was heard of; a mending never comes unheard of.
        states.forEach((state, index) => {
          if (state === "mended") expect(states[index - 1]).toBe("stands");
        });
      }),
    );
  });
});

describe("the words", () => {
  const each: Warning[] = [
    ended(14, T0),
    ended(0, T0),
    { kind: "webhook", repo: REPO },
    { kind: "sweep", minutes: 12 },
    { kind: "acts", repo: REPO },
    { kind: "quota", forge: "forge", remaining: 4, limit: 5000 },
  ];

  test("say what it is and what to do, and another thing when it is mended", () => {
    const texts = each.flatMap((warning) => [
      noticeText({ warning, state: "stands" }),
      noticeText({ warning, state: "mended" }),
    ]);
    expect(texts.map(({ title }) => title)).toMatchInlineSnapshot(`
      [
        "AFK loop: the T3 token ends within 14 days",
        "AFK loop: the T3 token is good again",
        "AFK loop: the T3 token ends within a day, or has ended",
        "AFK loop: the T3 token is good again",
        "forge:acme/app: no webhook arrives",
        "forge:acme/app: webhooks arrive again",
        "AFK loop: no sweep ran for 12 minutes",
        "AFK loop: the sweep runs again",
        "forge:acme/app: something waits for more than an hour",
        "forge:acme/app: nothing waits for long any more",
        "AFK loop: forge leaves 4 of 5000 requests",
        "AFK loop: forge leaves enough requests again",
      ]
    `);
    for (const { lines } of texts) expect(lines.join("").length).toBeGreaterThan(5);
  });
});
