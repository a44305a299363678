import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULT_RULES, type RepoRules } from "../../lib/core/repo-rules.ts";
import { ruleReader } from "../../lib/rules/afk-yml.ts";
import { cpuMs } from "../cpu-ms.ts";

const ORIGINS = ["https://app.example.com", "http://10.0.0.7:8080"];
const parsed = (text: string) => ruleReader.parse(text, ORIGINS);
const problemOf = (text: string) => {
  const rules = parsed(text);
  return rules.type === "invalid" ? rules.problem : rules;
};
const rulesOf = (over: Partial<RepoRules>) => ({ type: "rules", rules: { ...DEFAULT_RULES, ...over } });

describe("a file of a repo's rules", () => {
  it.each([
    ["nothing at all", ""],
    ["blanks", "\n  \n"],
    ["a comment", "# later\n"],
    ["a mark of an empty document", "---\n"],
    ["a byte order mark", "\ufeff"],
    ["an empty mapping", "{}"],
    ["null", "~"],
  ])("means the defaults where it holds %s", (_what, text) => {
    expect(parsed(text)).toEqual({ type: "rules", rules: DEFAULT_RULES });
  });

  it("says all it may say", () => {
    const text = `# yaml-language-server: $schema=afk.schema.json
landing: pull-request
evidence:
  default: required
  by_label:
    Docs: not-applicable
    refactor: optional
tests: ["spec/**", "**/*.spec.ts"]
deploy:
  version_url: https://app.example.com/version.json
  key: commit
checks:
  required: [build, lint]
  ignored: [codecov/patch]
ci: none
instructions: |
  Use pnpm.
  Never npm.
setup: pnpm install --frozen-lockfile
protected:
  - migrations/**
limits:
  fix_attempts: 0
  fix_seconds: 600
  budget_usd: 2.5
  start_seconds: 60
  stall_seconds: 900
  run_seconds: 7200
  deploy_seconds: 0.5
  ci_grace_seconds: 120
`;
    expect(parsed(text)).toEqual({
      type: "rules",
      rules: {
        landing: "pull-request",
        evidence: "required",
        evidenceByLabel: { docs: "not-applicable", refactor: "optional" },
        tests: ["spec/**", "**/*.spec.ts"],
        deploy: { type: "version_url", url: "https://app.example.com/version.json", key: "commit" },
        requiredChecks: ["build", "lint"],
        ignoredChecks: ["codecov/patch"],
        ci: "none",
        instructions: "Use pnpm.\nNever npm.\n",
        setup: "pnpm install --frozen-lockfile",
        protectedPaths: [".afk.yml", "migrations/**"],
        limits: {
          fixAttempts: 0,
          fixMs: 600_000,
          budgetUsd: 2.5,
          startMs: 60_000,
          stallMs: 900_000,
          runMs: 7_200_000,
          deployMs: 500,
          ciGraceMs: 120_000,
        },
      },
    });
  });

  it.each<[string, Partial<RepoRules>]>([
    ["landing: push", { landing: "push" }],
    ["evidence: not-applicable", { evidence: "not-applicable" }],
    ["evidence: {by_label: {docs: required}}", { evidenceByLabel: { docs: "required" } }],
    ["deploy: none", { deploy: { type: "none" } }],
    ["deploy: {environment: production}", { deploy: { type: "environment", name: "production" } }],
    ["deploy: {check: argocd/app}", { deploy: { type: "check", name: "argocd/app" } }],
    [
      "deploy: {version_url: 'http://10.0.0.7:8080/v'}",
      { deploy: { type: "version_url", url: "http://10.0.0.7:8080/v", key: null } },
    ],
    ["protected: [.afk.yml]", { protectedPaths: [".afk.yml"] }],
    ["ci: none\r\nsetup: make\r\n", { ci: "none", setup: "make" }],
    ["\ufeffci: none", { ci: "none" }],
    ['{"ci": "none"}', { ci: "none" }],
    // An alias of something small is YAML like any other.
    ["tests: &t ['a/**']\nprotected: *t", { tests: ["a/**"], protectedPaths: [".afk.yml", "a/**"] }],
    ["limits: {budget_usd: 0}", { limits: { budgetUsd: 0 } }],
    ["limits: {fix_seconds: 1e2}", { limits: { fixMs: 100_000 } }],
  ])("%j is understood", (text, over) => {
    expect(parsed(text)).toEqual(rulesOf(over));
  });

  it.each([
    // Keys.
    ["landng: push", '1:1 landng is not known; the nearest known key is "landing"'],
    [
      "ci: none\ndeploy:\n  version-url: x",
      '3:3 deploy.version-url is not known in deploy; the nearest known key is "version_url"',
    ],
    [
      "limits:\n  fix_atempts: 1",
      '2:3 limits.fix_atempts is not known in limits; the nearest known key is "fix_attempts"',
    ],
    [
      "evidence: {by_lable: {}}",
      '1:12 evidence.by_lable is not known in evidence; the nearest known key is "by_label"',
    ],
    ["checks: {requird: []}", '1:10 checks.requird is not known in checks; the nearest known key is "required"'],
    ["<<: {ci: none}", '1:1 ["<<"] is not known'],
    ["__proto__: {ci: none}", "1:1 __proto__ is not known"],
    ["constructor: 1", "1:1 constructor is not known"],
    ["1: x", "1:1 . holds a key that is no text"],
    ["deploy:\n  true: x", "2:3 deploy holds a key that is no text"],
    ["? [ci]\n: none", "1:3 . holds a key that is no text"],
    ["ci: none\nci: required", "2:1 . Map keys must be unique"],
    // Values.
    ["landing: auto", '1:10 landing must be push or pull-request, and is "auto"'],
    ["landing:", "1:9 landing must be push or pull-request, and is empty"],
    ["ci: no", '1:5 ci must be required or none, and is "no"'],
    ["ci: false", "1:5 ci must be required or none, and is false"],
    ["evidence: always", '1:11 evidence must be optional, required or not-applicable or a mapping, and is "always"'],
    [
      "evidence: {default: never}",
      '1:21 evidence.default must be optional, required or not-applicable, and is "never"',
    ],
    ["evidence:\n  by_label:\n    docs: no", "3:11 evidence.by_label.docs must be optional"],
    ["evidence: {by_label: {Docs: required, docs: optional}}", "1:39 evidence.by_label.docs names a label again"],
    ["evidence: [required]", "1:11 evidence must be "],
    ["tests: src/**", '1:8 tests must be a list, and is "src/**"'],
    ["tests: []", "1:8 tests must not be empty"],
    ["tests:\n  - a\n  - b\n  - 3", "4:5 tests[2] must be text, and is 3"],
    ["tests: ['']", "1:9 tests[0] must not be empty"],
    [`tests: ['${"a".repeat(201)}']`, "1:9 tests[0] must be at most 200 characters long"],
    [`protected: [${"a,".repeat(101)}]`, "1:12 protected must hold at most 100 entries"],
    ["tests: ['a{b']", "1:9 tests[0] is no pattern that can be read"],
    ["tests: ['[z-a]']", "1:9 tests[0] is no pattern that can be read"],
    ["tests: ['!a']", '1:9 tests[0] must not begin with "!"'],
    ["tests: [/src/**]", "1:9 tests[0] must be written from the repo's root"],
    ["tests: ['+(a|aa)b']", "1:9 tests[0] must not hold a group"],
    ["tests: ['*a*b*c*d']", '1:9 tests[0] must hold "*" at most 3 times'],
    ["tests: ['**/a/**/b/**/c/**/d/**']", '1:9 tests[0] must hold "**" at most 3 times'],
    ['protected: [\'"a\\nb"\', "a\\nb"]', "1:23 protected[1] must be one line"],
    ["checks: {required: ['']}", "1:21 checks.required[0] must not be empty"],
    ["checks: {required: [a], ignored: [b, a]}", "1:38 checks.ignored[1] is a required check, too"],
    [`instructions: ${"a".repeat(4001)}`, "1:15 instructions must be at most 4000 characters long"],
    ["setup: |\n  a\n  b", "1:8 setup must be one line"],
    [`setup: ${"a".repeat(501)}`, "1:8 setup must be at most 500 characters long"],
    // Deploys.
    ["deploy: {}", "1:9 deploy must have exactly one of environment, check and version_url"],
    ["deploy: {environment: a, check: b}", "1:9 deploy must have exactly one of"],
    ["deploy: {environment: a, key: b}", "1:26 deploy.key belongs to a version_url"],
    ["deploy: production", '1:9 deploy must be none or a mapping, and is "production"'],
    [
      "deploy: {version_url: 'https://evil.example/v'}",
      "1:23 deploy.version_url lies on no origin that the deployment allows",
    ],
    ["deploy: {version_url: 'https://app.example.com.evil.example/v'}", "1:23 deploy.version_url lies on no origin"],
    [
      "deploy: {version_url: 'https://app.example.com@evil.example/v'}",
      "1:23 deploy.version_url must hold no credentials",
    ],
    ["deploy: {version_url: 'https://me:pw@app.example.com/v'}", "1:23 deploy.version_url must hold no credentials"],
    ["deploy: {version_url: 'ftp://app.example.com/v'}", "1:23 deploy.version_url must begin with https:// or http://"],
    ["deploy: {version_url: /version}", "1:23 deploy.version_url is no URL"],
    // Numbers.
    ["limits: {fix_attempts: 1.5}", "1:24 limits.fix_attempts must be a whole number, and is 1.5"],
    ["limits: {fix_attempts: -1}", "1:24 limits.fix_attempts must be 0 or more"],
    ["limits: {fix_seconds: 0}", "1:23 limits.fix_seconds must be more than 0"],
    ["limits: {fix_seconds: 1e9}", "1:23 limits.fix_seconds must be at most 31536000"],
    ["limits: {budget_usd: .inf}", "1:22 limits.budget_usd must be a number, and is Infinity"],
    ["limits: {budget_usd: .nan}", "1:22 limits.budget_usd must be a number, and is NaN"],
    ["limits: {budget_usd: 1e400}", "1:22 limits.budget_usd must be a number"],
    ["limits: {budget_usd: 99999999999999999999999999}", "1:22 limits.budget_usd must be at most 999999999"],
    ["limits: {run_seconds: '60'}", '1:23 limits.run_seconds must be a number, and is "60"'],
    // No document of ours at all.
    ["push", '1:1 . must be a mapping, and is "push"'],
    ["- ci: none", "1:1 . must be a mapping, and is a list"],
    ["ci: none\n---\nci: none", "2:1 . must be one document"],
    ["ci: [", "1:6 . "],
    ["\tci: none", "1:1 . Tabs are not allowed as indentation"],
    ["limits:\n\tfix_attempts: 1", "2:1 . Tabs are not allowed as indentation"],
    ["ci: !!binary bm9uZQ==", "1:5 . Unresolved tag"],
    ["ci: !ours none", "1:5 . Unresolved tag: !ours"],
    ["ci: *nothing", "1:5 ci holds an alias of nothing before it"],
    ["[".repeat(5000), "1:"],
    [" ".repeat(65_537), "1:1 . is larger than 64 KiB"],
    // The first in the file is told, whatever else is wrong behind it.
    ["setup: 1\nlandng: push", "1:8 setup must be text, and is 1"],
    ["landng: push\nsetup: 1", "1:1 landng is not known"],
    ["\ufeffsetup: 1", "1:8 setup must be text"],
    ["ci: none\r\nsetup: 1\r\n", "2:8 setup must be text"],
  ])("%j is refused", (text, problem) => {
    expect(problemOf(text)).toEqual(expect.stringContaining(problem));
    expect(String(problemOf(text)).indexOf(problem)).toBe(0);
  });

  it("does not unfold what aliases of aliases stand for", () => {
    const lists = Array.from({ length: 12 }, (_, at) =>
      at === 0
        ? "k0: &a0 [x,x,x,x,x,x,x,x]"
        : `k${at}: &a${at} [${Array(8)
            .fill(`*a${at - 1}`)
            .join(",")}]`,
    );
    expect(problemOf(lists.join("\n"))).toBe("1:1 . holds too many aliases");
  });

  it("takes no origin for granted where none is set", () => {
    const text = "deploy: {version_url: 'https://app.example.com/v'}";
    expect(ruleReader.parse(text, [])).toMatchObject({ type: "invalid" });
  });

  it("shows no hidden character of what it refuses, and not all of what is long", () => {
    const problem = String(problemOf(`"a\\u202eb": ${"x".repeat(500)}`));
    expect(problem).toBe('1:1 ab is not known; the nearest known key is "ci"');
    expect(String(problemOf(`ci: "${"y".repeat(500)}"`)).length).toBeLessThan(200);
  });

  it("gives rules or one line with a place, whatever it is given", () => {
    const word = fc.constantFrom(
      ..."landing evidence tests deploy checks ci instructions setup protected limits none push required : - [ ] { } , & * ! | > ' \" # % @ ` ~ ? \n \r\n \t 1e999 .nan &a *a <<".split(
        " ",
      ),
      "\n  ",
      "\u2028",
      "\ud800",
    );
    const anything = fc.oneof(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.array(word, { maxLength: 40 }).map((words) => words.join("")),
      fc.array(word, { maxLength: 40 }).map((words) => words.join(" ")),
      fc.json(),
    );
    fc.assert(
      fc.property(anything, (text) => {
        const rules = parsed(text);
        if (rules.type === "invalid") expect(rules.problem).toMatch(/^[1-9]\d*:[1-9]\d* \S.* \S.*$/);
        else expect(rules.rules.protectedPaths[0]).toBe(".afk.yml");
      }),
      { numRuns: 200 },
    );
  });
});

describe("the globs that say what a test is, where a repo says nothing", () => {
  it.each([
    ["test/a.ts", true],
    ["test/deep/er/fixture.json", true],
    ["packages/x/tests/a.py", true],
    ["src/__tests__/a.tsx", true],
    ["spec/models/user.rb", true],
    ["src/x.test.ts", true],
    ["x.spec.js", true],
    ["src/.hidden/x.test.ts", true],
    ["src/x_test.go", true],
    ["test_x.py", true],
    ["src/test_utils.py", true],
    [".github/test/x.sh", true],
    ["src/attest.ts", false],
    ["src/latest/x.ts", false],
    ["src/test.ts", false],
    ["src/testing/x.ts", false],
    ["src/x.testing.ts", false],
    ["src/contest_x.py", false],
    ["README.md", false],
    ["test", true],
    ["src/x.test", false],
  ])("%s: %s", (path, is) => {
    expect(ruleReader.fits(DEFAULT_RULES.tests, path)).toBe(is);
  });

  it.each([
    ["migrations/**", "migrations/1.sql", true],
    ["migrations/**", "db/migrations/1.sql", false],
    ["*.md", "docs/a.md", false],
    ["*.md", "a.md", true],
    ["*", ".env", true],
    ["**/*.lock", "a/.b/c.lock", true],
    [".github/**", ".github/workflows/ci.yml", true],
    ["src/{a,b}.ts", "src/b.ts", true],
    ["src/?.ts", "src/ab.ts", false],
    [".afk.yml", ".afk.yml", true],
    [".afk.yml", "xafk.yml", false],
    ["a b/c", "a b/c", true],
  ])("%s fits %s: %s", (glob, path, is) => {
    expect(ruleReader.fits(["never", glob], path)).toBe(is);
    expect(ruleReader.fits([], path)).toBe(false);
  });

  it("takes no long time for a glob that is allowed and a path that is long", () => {
    const path = `${`${"a".repeat(40)}/`.repeat(20)}b`;
    expect(cpuMs(() => expect(ruleReader.fits(["**/*a*/**/*a/**/x"], path)).toBe(false))).toBeLessThan(2000);
  });
});
