import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Config,
  disabledReasons,
  type Environment,
  isEnrolled,
  parseHeaders,
  parseSettings,
  SETTING_NAMES,
  tighter,
} from "../../lib/core/config.ts";
import { LIMITS } from "./kit.ts";

const named = (env: Environment) => parseSettings(env).errors.map((error) => error.setting);

/** Each setting: how it is seen in the config, its default, good values with what they mean, and bad ones. */
type Row = [
  setting: string,
  seen: (config: Config, env: Environment) => unknown,
  unset: unknown,
  good: [text: string, value: unknown][],
  bad: string[],
];
const BAD_COUNTS = ["-1", "1.5", "many", "1e3", "1000000", "0x10", "1 2", "+1", "NaN", "Infinity"];
const BAD_SECONDS = ["0", "0.0", "-1", "soon", "1e3", "31536001", "1.0000001", ".5", "5s", "NaN", "Infinity"];
const seconds = (setting: string, seen: (config: Config) => number, unset: number): Row => [
  setting,
  seen,
  unset * 1000,
  [
    ["1", 1000],
    ["0.2", 200],
    ["1.5", 1500],
    ["0.0001", 1],
    ["31536000", 31_536_000_000],
    [" 7 ", 7000],
  ],
  BAD_SECONDS,
];
const count = (setting: string, seen: (config: Config) => number, unset: number): Row => [
  setting,
  seen,
  unset,
  [
    ["0", 0],
    ["7", 7],
    ["999999", 999_999],
    [" 3\n", 3],
  ],
  BAD_COUNTS,
];
const label = (setting: string, seen: (config: Config) => string, unset: string): Row => [
  setting,
  seen,
  unset,
  [
    ["go", "go"],
    ["Go on", "Go on"],
    ["x".repeat(50), "x".repeat(50)],
  ],
  ["a,b", "x".repeat(51)],
];

const ROWS: Row[] = [
  [
    "AFK_KILL_SWITCH",
    (config) => config.killSwitch,
    true,
    [
      ["true", true],
      ["false", false],
      [" false ", false],
    ],
    ["maybe", "TRUE", "False", "0", "1", "yes", "no", "off", "on", "null", "false;", '"false"'],
  ],
  [
    "AFK_ALLOWLIST",
    (config) => config.allowlist,
    [],
    [
      ["github:acme/app", ["github:acme/app"]],
      ["github:Acme/App , forgejo:me/x.y,", ["github:acme/app", "forgejo:me/x.y"]],
      ["github:acme/app,github:ACME/app", ["github:acme/app"]],
    ],
    [
      "*",
      "github:*/*",
      "github:acme/*",
      "acme/app",
      "gitlab:acme/app",
      "https://github.com/acme/app",
      "github:acme",
      "github:a/b c",
    ],
  ],
  label("AFK_READY_LABEL", (config) => config.labels.ready, "ready-for-agent"),
  label("AFK_IN_PROGRESS_LABEL", (config) => config.labels.inProgress, "agent-in-progress"),
  label("AFK_READY_FOR_HUMAN_LABEL", (config) => config.labels.readyForHuman, "ready-for-human"),
  count("AFK_FIX_FORWARD_MAX_ATTEMPTS", (config) => config.limits.fixAttempts, 5),
  seconds("AFK_FIX_FORWARD_MAX_SECONDS", (config) => config.limits.fixMs, 3600),
  [
    "AFK_BUDGET_USD",
    (config) => config.limits.budgetUsd,
    100,
    [
      ["0", 0],
      ["12.5", 12.5],
    ],
    ["-1", "free", "1e3", "$5", "NaN", "Infinity"],
  ],
  [
    "AFK_PRICES",
    (config) => config.prices,
    {},
    [
      ["{}", {}],
      ['{"m":{"in":1,"out":2.5}}', { m: { in: 1, out: 2.5 } }],
      [
        '{"a/b":{"in":0,"out":0},"c":{"in":3,"out":15,"cached":1}}',
        { "a/b": { in: 0, out: 0 }, c: { in: 3, out: 15 } },
      ],
    ],
    [
      "[]",
      "1",
      "null",
      "{",
      '{"m":1}',
      '{"m":null}',
      '{"m":{"in":1}}',
      '{"m":{"in":-1,"out":1}}',
      '{"m":{"in":"1","out":1}}',
    ],
  ],
  count("AFK_MAX_RUNS", (config) => config.maxRuns, 3),
  count("AFK_THREADS_PER_HOUR", (config) => config.threadsPerHour, 10),
  count("AFK_THREADS_PER_DAY", (config) => config.threadsPerDay, 50),
  seconds("AFK_START_SECONDS", (config) => config.limits.startMs, 300),
  seconds("AFK_STALL_SECONDS", (config) => config.limits.stallMs, 1800),
  seconds("AFK_RUN_MAX_SECONDS", (config) => config.limits.runMs, 14_400),
  seconds("AFK_DEPLOY_SECONDS", (config) => config.limits.deployMs, 1800),
  seconds("AFK_CI_GRACE_SECONDS", (config) => config.limits.ciGraceMs, 300),
  seconds("AFK_POLL_SECONDS", (config) => config.pollMs, 30),
  seconds("AFK_COALESCE_SECONDS", (config) => config.coalesceMs, 0.2),
  seconds("AFK_CALL_SECONDS", (config) => config.callMs, 10),
  seconds("AFK_RETRY_BASE_SECONDS", (config) => config.retryBaseMs, 5),
  [
    "AFK_TRUSTED_BOT_IDS",
    (config) => config.trustedBots,
    [],
    [
      ["github:49699333", ["github:49699333"]],
      ["github:1, forgejo:-2", ["github:1", "forgejo:-2"]],
    ],
    ["dependabot", "github:dependabot[bot]", "gitlab:1", "github:", "github:1x", "1"],
  ],
  [
    "AFK_MODEL",
    (config) => config.model,
    null,
    [
      ["codex/gpt-5", "codex/gpt-5"],
      ["one/a/b", "one/a/b"],
    ],
    ["gpt-5", "/gpt-5", "codex/", "a b/c", "a/b c"],
  ],
  [
    "T3_WEB_URL",
    (config) => config.threadUrlBase,
    null,
    [["https://t3.example/", "https://t3.example"]],
    ["t3", "ws://t3.example"],
  ],
  ["T3_URL", (config) => config.threadUrlBase, null, [["http://127.0.0.1:3000", "http://127.0.0.1:3000"]], ["t3"]],
  [
    "T3_WORKSPACE_BASE",
    (config) => config.workspaceBase,
    null,
    [
      ["/srv/checkouts/", "/srv/checkouts"],
      ["C:\\work", "C:\\work"],
    ],
    ["work", "./work", "~/work"],
  ],
  [
    "T3_HEADERS",
    (_config, env) => parseHeaders(env.T3_HEADERS),
    {},
    [
      ['{"CF-Access-Client-Id":"x"}', { "CF-Access-Client-Id": "x" }],
      ['{"a":"b","c":" d\\n"}', { a: "b", c: " d\n" }],
    ],
    [
      ...["x: y", "{", "[]", '{"a":1}', "null", '"a"'],
      ...['{"":"x"}', '{"a b":"x"}', '{"a:":"x"}', '{"a\\n":"x"}', '{"é":"x"}'],
      ...['{"a":"x\\ny"}', '{"a":"\\u0000"}', '{"a":"☃"}'],
      ...['{"Authorization":"Basic x"}', '{"authorization":"x"}'],
    ],
  ],
  ...["AFK_PUBLIC_URL", "GITHUB_API_URL", "FORGEJO_URL", "SLACK_API_URL", "NTFY_URL"].map(
    (setting): Row => [setting, () => null, null, [["https://x.example", null]], ["x.example", "file:///x"]],
  ),
];

describe.each(ROWS)("%s", (setting, seen, unset, good, bad) => {
  test("has its default when unset or blank", () => {
    for (const env of [{}, { [setting]: undefined }, { [setting]: "" }, { [setting]: " \t\n" }]) {
      expect(seen(parseSettings(env).config, env)).toEqual(unset);
      expect(parseSettings(env).errors).toEqual([]);
    }
  });

  test.each(good)("takes %j", (text, value) => {
    const { config, errors } = parseSettings({ [setting]: text });
    expect(seen(config, { [setting]: text })).toEqual(value);
    expect(errors).toEqual([]);
  });

  test.each(bad)("refuses %j: it is named, the default stands in, nothing starts", (text) => {
    const settings = parseSettings({ AFK_KILL_SWITCH: "false", AFK_ALLOWLIST: "github:acme/app", [setting]: text });
    expect(new Set(settings.errors.map((error) => error.setting))).toEqual(new Set([setting]));
    expect(settings.errors[0]?.reason).not.toBe("");
    if (setting !== "AFK_ALLOWLIST")
      expect(seen(settings.config, { [setting]: text })).toEqual(setting === "AFK_KILL_SWITCH" ? true : unset);
    expect(disabledReasons(settings).join("\n")).toContain(setting);
  });

  test("is handed on by the launcher", () => {
    expect(SETTING_NAMES).toContain(setting);
  });
});

describe("settings that belong together", () => {
  test.each([
    ["GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY"],
    ["SLACK_BOT_TOKEN", "SLACK_CHANNEL"],
  ])("%s and %s come together; the missing one is named", (first, second) => {
    expect(named({ [first]: "1", [second]: "2" })).toEqual([]);
    expect(parseSettings({ [first]: "1" }).errors).toEqual([{ setting: second, reason: `must be set with ${first}` }]);
    expect(parseSettings({ [second]: "1" }).errors).toEqual([{ setting: first, reason: `must be set with ${second}` }]);
    expect(named({ [first]: "1", [second]: "  " })).toEqual([second]);
  });

  test("the three labels differ, whatever their case", () => {
    expect(named({ AFK_READY_LABEL: "Agent-In-Progress" })).toEqual(["AFK_READY_LABEL"]);
    expect(named({ AFK_IN_PROGRESS_LABEL: "x", AFK_READY_FOR_HUMAN_LABEL: "X" })).toEqual(["AFK_READY_LABEL"]);
    expect(named({ AFK_READY_LABEL: "a", AFK_IN_PROGRESS_LABEL: "b", AFK_READY_FOR_HUMAN_LABEL: "c" })).toEqual([]);
  });

  test("an address that was not set for people is not told in public", () => {
    expect(parseSettings({ T3_URL: "http://10.0.0.2:3000" }).config.publicThreadUrlBase).toBeNull();
    expect(parseSettings({ T3_WEB_URL: "https://t3.example" }).config.publicThreadUrlBase).toBe("https://t3.example");
  });

  test("the thread's link prefers the web address", () => {
    const env = { T3_URL: "http://127.0.0.1:3000", T3_WEB_URL: "https://t3.example" };
    expect(parseSettings(env).config.threadUrlBase).toBe("https://t3.example");
  });

  test("a bad entry of a list is named and the good ones are kept", () => {
    const { config, errors } = parseSettings({ AFK_ALLOWLIST: "github:acme/app,github:acme/*,x" });
    expect(config.allowlist).toEqual(["github:acme/app"]);
    expect(errors.map((error) => error.setting)).toEqual(["AFK_ALLOWLIST", "AFK_ALLOWLIST"]);
    expect(errors[0]?.reason).toContain("wildcard");
  });
});

describe("disabled", () => {
  const armed = { AFK_KILL_SWITCH: "false", AFK_ALLOWLIST: "github:acme/app" };
  test("two deliberate acts arm it, neither alone", () => {
    expect(disabledReasons(parseSettings(armed))).toEqual([]);
    expect(disabledReasons(parseSettings({}))).toHaveLength(2);
    expect(disabledReasons(parseSettings({ AFK_KILL_SWITCH: "false" }))).toEqual([
      "no repo is enrolled (AFK_ALLOWLIST)",
    ]);
    expect(disabledReasons(parseSettings({ AFK_ALLOWLIST: "github:acme/app" }))).toEqual([
      "kill switch is on (AFK_KILL_SWITCH)",
    ]);
  });

  test("nothing but exactly false clears the kill switch", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { config } = parseSettings({ AFK_KILL_SWITCH: text });
        expect(config.killSwitch).toBe(text.trim() !== "false");
      }),
    );
  });

  test("arbitrary settings never throw, any error disables, and what is parsed is in its bounds", () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: "binary" }),
      fc.json(),
      fc.constantFrom(
        "true",
        "false",
        "0",
        "-0",
        "1e999",
        "{}",
        '{"__proto__":{"in":1,"out":1}}',
        "github:a/b",
        "\0",
        "\ud800",
      ),
    );
    const env = fc.dictionary(fc.constantFrom(...SETTING_NAMES), text);
    fc.assert(
      fc.property(env, (values) => {
        const settings = parseSettings({ ...armed, ...values });
        if (settings.errors.length > 0) expect(disabledReasons(settings)).not.toEqual([]);
        for (const error of settings.errors) expect(SETTING_NAMES).toContain(error.setting);
        const { limits, pollMs, coalesceMs, callMs, retryBaseMs, allowlist } = settings.config;
        for (const ms of [
          limits.fixMs,
          limits.startMs,
          limits.stallMs,
          limits.runMs,
          limits.deployMs,
          limits.ciGraceMs,
        ])
          expect(ms).toBeGreaterThan(0);
        for (const ms of [pollMs, coalesceMs, callMs, retryBaseMs]) expect(ms).toBeGreaterThan(0);
        expect(limits.budgetUsd).toBeGreaterThanOrEqual(0);
        for (const key of allowlist) expect(key).toMatch(/^(github|forgejo):[a-z0-9_.-]+\/[a-z0-9_.-]+$/);
        parseHeaders(values.T3_HEADERS);
      }),
      { numRuns: 300 },
    );
  });
});

test("enrolment is exact, and blind to case alone", () => {
  const { config } = parseSettings({ AFK_ALLOWLIST: "github:Acme/App" });
  expect(isEnrolled(config, "github:acme/APP")).toBe(true);
  expect(isEnrolled(config, "github:acme/app2")).toBe(false);
  expect(isEnrolled(config, "github:acme/ap")).toBe(false);
  expect(isEnrolled(config, "forgejo:acme/app")).toBe(false);
});

describe("limits that were changed in mid-run", () => {
  test.each(Object.keys(LIMITS) as (keyof typeof LIMITS)[])(
    "%s: a tighter one applies, a wider one does not",
    (name) => {
      const wider = { ...LIMITS, [name]: LIMITS[name] + 1 };
      const narrower = { ...LIMITS, [name]: LIMITS[name] - 1 };
      expect(tighter(LIMITS, wider)).toEqual(LIMITS);
      expect(tighter(LIMITS, narrower)).toEqual(narrower);
      expect(tighter(wider, LIMITS)).toEqual(LIMITS);
    },
  );

  test("leaves both as they were", () => {
    const [began, now] = [{ ...LIMITS }, { ...LIMITS, fixAttempts: 1 }];
    tighter(began, now);
    expect(began).toEqual(LIMITS);
    expect(now.fixAttempts).toBe(1);
  });
});
