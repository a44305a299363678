import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { NOTICE_KINDS } from "../../lib/core/notices.ts";
import { exposition } from "../../lib/core/prometheus.ts";
import { type Count, counted, emptyTally } from "../../lib/core/tally.ts";
import type { LedgerStanding } from "../../lib/loop/fleet.ts";
import { emptyFleet, type FleetRecord } from "../../lib/loop/fleet-book.ts";
import { families, type Watched } from "../../lib/loop/metrics.ts";
import { readExposition } from "../exposition.ts";

const NOW = 1_800_000_000_000;
const quiet: Watched = { record: emptyFleet, armed: false, enrolled: [], version: "0.1.0", reachable: null };
const aStanding: LedgerStanding = { inFlight: [], frozen: false, actsPending: 0, oldestActAt: null };
const withRecord = (record: Partial<FleetRecord>): Watched => ({ ...quiet, record: { ...emptyFleet, ...record } });
const withCounts = (...counts: Count[]) => withRecord({ tally: counts.reduce(counted, emptyTally) });
function withNotice(state: "stands" | "mended"): Watched {
  const sweep = { warning: { kind: "sweep", minutes: 12 }, state, since: 0, owed: [], heard: [] } as const;
  return withRecord({ notices: { sweep: { ...sweep, owed: [], heard: [] } } });
}
function withStandings(...standings: Partial<LedgerStanding>[]): Watched {
  const named = standings.map((one, index): [string, LedgerStanding] => [
    `github:acme/app-${index}`,
    { ...aStanding, ...one },
  ]);
  return { ...withRecord({ standings: Object.fromEntries(named) }), enrolled: named.map(([key]) => key) };
}

/** `name{label="value"}` -> value, of all that is shown. */
function shown(watched: Watched): Record<string, number> {
  const read = readExposition(exposition(families(watched, NOW)));
  const samples = [...read.values()].flatMap((family) => family.samples);
  const labels = (of: Record<string, string>) => Object.entries(of).map(([name, value]) => `${name}="${value}"`);
  return Object.fromEntries(samples.map((one) => [`${one.name}{${labels(one.labels).join(",")}}`, one.value]));
}

const table: [string, Watched, string, number | undefined][] = [
  ["the release", quiet, 'afk_build_info{version="0.1.0"}', 1],
  ["disarmed", quiet, "afk_armed{}", 0],
  ["armed", { ...quiet, armed: true }, "afk_armed{}", 1],
  ["enrolled", { ...quiet, enrolled: ["a", "b", "c", "d"] }, "afk_enrolled_repos{}", 4],
  ["runs that wait", withStandings({ waiting: 2 }, {}), "afk_runs_in_flight{}", 2],
  [
    "runs that hold their repo",
    withRecord({ reservations: { r: { runId: "r", repo: "x", identity: "x", at: 0, confirmed: true } } }),
    "afk_runs_in_flight{}",
    1,
  ],
  ["frozen", withStandings({ frozen: true }, { frozen: true }, {}), "afk_frozen_repos{}", 2],
  ["frozen and on the list no more", { ...withStandings({ frozen: true }), enrolled: [] }, "afk_frozen_repos{}", 0],
  ["acts", withStandings({ actsPending: 2 }, { actsPending: 3 }), "afk_acts_pending{}", 5],
  [
    "the oldest act",
    withStandings({ oldestActAt: NOW - 9000 }, { oldestActAt: NOW - 90_000 }),
    "afk_oldest_act_age_seconds{}",
    90,
  ],
  ["no act", quiet, "afk_oldest_act_age_seconds{}", 0],
  ["an executor nobody read", quiet, "afk_executor_reachable{}", undefined],
  ["an executor", { ...quiet, reachable: true }, "afk_executor_reachable{}", 1],
  ["an executor that is away", { ...quiet, reachable: false }, "afk_executor_reachable{}", 0],
  ["no sweep yet", quiet, "afk_sweep_last_timestamp_seconds{}", undefined],
  [
    "a sweep",
    withRecord({ sweep: { lastAt: NOW, requests: 1, carried: 7, cursor: 0 } }),
    "afk_sweep_last_timestamp_seconds{}",
    NOW / 1000,
  ],
  [
    "carried",
    withRecord({ sweep: { lastAt: NOW, requests: 1, carried: 7, cursor: 0 } }),
    "afk_sweep_carried_repos{}",
    7,
  ],
  ["room on the disk", withRecord({ disk: { freeBytes: 5, at: NOW } }), "afk_disk_free_bytes{}", 5],
  ["a state kept elsewhere", quiet, "afk_disk_free_bytes{}", undefined],
  ["no warning", quiet, 'afk_notices{kind="webhook"}', 0],
  ["a warning that stands", withNotice("stands"), 'afk_notices{kind="sweep"}', 1],
  ["one that is mended", withNotice("mended"), 'afk_notices{kind="sweep"}', 0],
  [
    "a token's end",
    withRecord({ tokens: { T3: { readAt: 0, endsAt: NOW } } }),
    'afk_token_expiry_timestamp_seconds{system="T3"}',
    NOW / 1000,
  ],
  [
    "a token without an end",
    withRecord({ tokens: { T3: { readAt: 0, endsAt: null } } }),
    'afk_token_expiry_timestamp_seconds{system="T3"}',
    undefined,
  ],
  [
    "quota",
    withRecord({ quota: { forge: { remaining: 41, resetAt: NOW, pausedUntil: null } } }),
    'afk_forge_quota_remaining{forge="forge"}',
    41,
  ],
  [
    "its reset",
    withRecord({ quota: { forge: { remaining: 41, resetAt: NOW, pausedUntil: null } } }),
    'afk_forge_quota_reset_timestamp_seconds{forge="forge"}',
    NOW / 1000,
  ],
  ["no run yet", quiet, 'afk_runs_total{outcome="escalated"}', 0],
  ["a run", withCounts({ type: "settled", outcome: "frozen" }), 'afk_runs_total{outcome="frozen"}', 1],
  ["no refusal yet", quiet, 'afk_refusals_total{code="pulls_full"}', 0],
  ["a refusal", withCounts({ type: "refused", code: "edited" }), 'afk_refusals_total{code="edited"}', 1],
  ["attempts", withCounts({ type: "attempts", times: 3 }), "afk_fix_forward_attempts_total{}", 3],
  ["a start", withCounts({ type: "started", seconds: 2 }), "afk_label_to_start_seconds_sum{}", 2],
  ["a phase", withCounts({ type: "phase", phase: "ci", seconds: 2 }), 'afk_phase_seconds_count{phase="ci"}', 1],
  ["a phase nobody reached", quiet, 'afk_phase_seconds_count{phase="deployed"}', 0],
  [
    "a call",
    withCounts({ type: "call", system: "executor", result: "failed" }),
    'afk_outbound_calls_total{system="executor",result="failed"}',
    1,
  ],
  ["a sweep's time", withCounts({ type: "swept", seconds: 4, requests: 9 }), 'afk_sweep_seconds_bucket{le="5"}', 1],
  ["its requests", withCounts({ type: "swept", seconds: 4, requests: 9 }), "afk_sweep_requests_total{}", 9],
];

describe("the metrics", () => {
  test.each(table)("show %s", (_what, watched, name, value) => {
    expect(shown(watched)[name]).toBe(value);
  });

  test("each of them is in that table and in the documentation, under a name as Prometheus wants it", () => {
    const documented = readFileSync("docs/metrics.md", "utf8");
    for (const { name, type } of families(quiet, NOW)) {
      expect(name).toMatch(/^afk_[a-z_]+$/);
      expect(name.endsWith("_total"), name).toBe(type === "counter");
      expect(documented, name).toContain(`| \`${name}\``);
      expect(
        table.some(([, , shownAs]) => shownAs.startsWith(name)),
        `${name} is in the table`,
      ).toBe(true);
    }
  });

  test("the page names every kind of notice, and says what each rings for", () => {
    const page = readFileSync("docs/metrics.md", "utf8");
    expect(page).toContain(`\`kind\`: ${NOTICE_KINDS.join(", ")} |`);
    for (const kind of NOTICE_KINDS) expect(page, kind).toMatch(new RegExp(`^\\| \`${kind}\` \\| .+ \\| .+ \\|$`, "m"));
  });

  test("hold no repo's name", () => {
    expect(exposition(families(withStandings({ actsPending: 2, frozen: true }), NOW))).not.toMatch(/acme|app-/);
  });
});

describe("the dashboard", () => {
  const dashboard: unknown = JSON.parse(readFileSync("docs/grafana-dashboard.json", "utf8"));
  const found = (of: unknown, key: string): unknown[] => {
    if (typeof of !== "object" || of === null) return [];
    return Object.entries(of).flatMap(([name, value]) => [...(name === key ? [value] : []), ...found(value, key)]);
  };
  const names = new Set(
    families(quiet, NOW).flatMap(({ name, type }) =>
      type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  );
  const used = (text: string) => text.match(/\bafk_[a-z_]+/g) ?? [];

  test("asks for metrics that exist, and for nothing else", () => {
    const expressions = found(dashboard, "expr").map(String);
    expect(expressions.length).toBeGreaterThan(10);
    for (const expression of expressions) {
      expect(used(expression).length, expression).toBeGreaterThan(0);
      for (const name of used(expression)) expect(names, expression).toContain(name);
    }
  });

  test("shows all of them but when a quota is whole again, as the page says", () => {
    const asked = new Set(found(dashboard, "expr").flatMap((expression) => used(String(expression))));
    const bare = (name: string) => name.replace(/_(bucket|sum|count)$/, "");
    const shownHere = new Set([...asked].map(bare));
    const left = families(quiet, NOW).map(({ name }) => name);
    expect(left.filter((name) => !shownHere.has(name))).toEqual(["afk_forge_quota_reset_timestamp_seconds"]);
  });

  test("has its datasource as a variable, which every panel uses", () => {
    const [variable] = found(found(dashboard, "templating"), "list").flat();
    expect(variable).toMatchObject({ name: "datasource", type: "datasource", query: "prometheus" });
    const sources = found(dashboard, "datasource");
    expect(sources.length).toBeGreaterThan(10);
    for (const one of sources) expect(one).toEqual({ type: "prometheus", uid: `\${datasource}` });
    const ids = found(found(dashboard, "panels"), "id");
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("the example alerts ask for metrics that exist", () => {
    const rules = readFileSync("docs/metrics.md", "utf8").match(/^ *expr: .+$/gm) ?? [];
    expect(rules.length).toBeGreaterThan(5);
    for (const rule of rules) for (const name of used(rule)) expect(names, rule).toContain(name);
  });
});
