/** Each rule of `npm run check`, shown to catch what it is there for and to leave its neighbours alone. */
import { describe, expect, it } from "vitest";
import { arming } from "../../scripts/check/arming.ts";
import { arrows } from "../../scripts/check/arrows.ts";
import { forgeWords } from "../../scripts/check/forge-words.ts";
import { importsOf } from "../../scripts/check/imports.ts";
import { skippedTests } from "../../scripts/check/skipped-tests.ts";

describe("importsOf sees what a source imports", () => {
  it.each([
    [`import a from "x";`, ["x"]],
    [`import { a,\n  b as c,\n} from "./y.ts";`, ["./y.ts"]],
    [`import * as all from 'z'`, ["z"]],
    [`import "side-effect";`, ["side-effect"]],
    [`import type { T } from "t";`, ["t"]],
    [`import { from } from "from";`, ["from"]],
    [`import d, { type T } from "both"; import e from "next";`, ["both", "next"]],
    [`export { a } from "re";`, ["re"]],
    [`export * from "star"; export * as ns from "ns"; export type { T } from "type";`, ["star", "ns", "type"]],
    [`const m = await import("dyn");`, ["dyn"]],
    [`type T = import("typed").T;`, ["typed"]],
    ["const m = import(`template`);", ["template"]],
    [`const m = import(\`./\${name}.ts\`);`, [null]],
    [`const m = import("./" + name);`, [null]],
    [`const m = require("cjs");`, ["cjs"]],
    [`const t = \`\${await import("inside")} and \${\`\${import("deeper")}\`}\`;`, ["inside", "deeper"]],
    [`if (/["'\`]/.test(x)) { } import "after-regex";`, ["after-regex"]],
    [`const half = a / 2; const s = "/"; import "after-division";`, ["after-division"]],
    [`const r = /[/"]\\/x/g; import "after-class";`, ["after-class"]],
  ])("%s", (source, expected) => {
    expect(importsOf(source).map(({ specifier }) => specifier)).toEqual(expected);
  });

  it.each([
    [`// import a from "x";`],
    [`/* import a from "x" */`],
    [`const s = 'import a from "x"';`],
    ['const s = `import a from "x"`;'],
    [`const s = \`\${a} import b from 'x' \${c}\`;`],
    [`const o = { import: 1, export: 2 }; o.import;`],
    [`import.meta.url;`],
    [`export const a = 1; const from = "x";`],
    [`export function f() {}`],
    [`export { a };\nconst b = "x";`],
  ])("and nothing in: %s", (source) => {
    expect(importsOf(source)).toEqual([]);
  });

  it("says the line", () => {
    expect(importsOf(`/*\n*/\nimport type {\n  T,\n} from "t";\nimport { type U } from "u";`)).toEqual([
      { specifier: "t", line: 5 },
      { specifier: "u", line: 6 },
    ]);
  });
});

describe("the arrows", () => {
  it.each([
    ["lib/core/a.ts", `import "../loop/poller.ts";`, "lib/core may not import lib/loop/poller.ts"],
    ["lib/core/a.ts", `import type { T } from "../forge/tracker.ts";`, "lib/core may not import lib/forge/tracker.ts"],
    ["lib/core/a.ts", `import { z } from "zod";`, `lib/core may not import the package "zod"`],
    ["lib/core/a.ts", `import * as z from "../zod.ts";`, "lib/core may not import lib/zod.ts"],
    ["lib/loop/a.ts", `import * as z from "zod/mini";`, "zod is imported through lib/zod.ts"],
    ["lib/forge/a.ts", `import * as z from "zod";`, "zod is imported through lib/zod.ts"],
    ["lib/core/a.ts", `import { createHash } from "node:crypto";`, `lib/core may not import the package "node:crypto"`],
    ["lib/core/a.ts", `import data from "../../test/x.json";`, "lib/core may not import test/x.json"],
    ["lib/core/a.ts", "const m = import(name);", "imports a module whose name is computed"],
    ["lib/core/sub/a.ts", `export * from "../../loop/x.ts";`, "lib/core may not import lib/loop/x.ts"],
    ["lib/loop/a.ts", `import { x } from "../../functions/app.ts";`, "lib/loop may not import functions/app.ts"],
    ["lib/loop/a.ts", `import { x } from "../forge/adapter.ts";`, "lib/loop may not import lib/forge/adapter.ts"],
    ["lib/loop/a.ts", `import type { X } from "../forge/adapter.ts";`, "lib/loop may not import lib/forge/adapter.ts"],
    ["lib/loop/a.ts", `import { x } from "hono";`, `lib/loop may not import the package "hono"`],
    ["lib/loop/a.ts", `import x from "node:fs";`, `lib/loop may not import the package "node:fs"`],
    [
      "lib/loop/a.ts",
      `import x from "cloudflare:workers";`,
      `lib/loop may not import the package "cloudflare:workers"`,
    ],
    ["lib/forge/a.ts", `import { x } from "../loop/watcher.ts";`, "lib/forge may not import lib/loop/watcher.ts"],
    ["lib/forge/a.ts", `import { x } from "../notify/slack.ts";`, "lib/forge may not import lib/notify/slack.ts"],
    [
      "lib/executor/a.ts",
      `import { x } from "../forge/tracker.ts";`,
      "lib/executor may not import lib/forge/tracker.ts",
    ],
    ["lib/notify/a.ts", `import { x } from "../executor/t3.ts";`, "lib/notify may not import lib/executor/t3.ts"],
    ["lib/notify/notifier.ts", `import x from "zod";`, `a port may not import the package "zod"`],
    ["lib/later/a.ts", `import { x } from "../loop/watcher.ts";`, "lib/later may not import lib/loop/watcher.ts"],
    ["lib/doctor/a.ts", `import { x } from "../loop/watcher.ts";`, "lib/doctor may not import lib/loop/watcher.ts"],
    ["lib/doctor/a.ts", `import "../../functions/env.ts";`, "lib/doctor may not import functions/env.ts"],
    ["lib/core/a.ts", `import { x } from "../doctor/finding.ts";`, "lib/core may not import lib/doctor/finding.ts"],
    ["lib/loop/a.ts", `import { x } from "../doctor/finding.ts";`, "lib/loop may not import lib/doctor/finding.ts"],
    ["lib/forge/a.ts", `import { x } from "../doctor/finding.ts";`, "lib/forge may not import lib/doctor/finding.ts"],
    ["functions/a.ts", `import "../lib/doctor/finding.ts";`, "functions may not import lib/doctor/finding.ts"],
    ["functions/a.ts", `import "../scripts/build.ts";`, "functions may not import scripts/build.ts"],
    ["functions/a.ts", `import "../test/fakes/x.ts";`, "functions may not import test/fakes/x.ts"],
    ["scripts/a.ts", `import "../functions/app.ts";`, "scripts may not import functions/app.ts"],
    ["lib/core/a.ts", `import { b } from "./b";`, `"./b" lacks its extension`],
    ["test/core/a.test.ts", `import { b } from "../../lib/core/b";`, `"../../lib/core/b" lacks its extension`],
  ])("%s: %s", (path, source, text) => {
    expect(arrows(path, source)).toEqual([{ path, line: 1, text }]);
  });

  it.each([
    ["lib/core/a.ts", `import { b } from "./b.ts"; export type { C } from "./sub/c.ts";`],
    ["lib/loop/a.ts", `import { b } from "../core/b.ts"; import * as z from "../zod.ts";`],
    ["lib/loop/a.ts", `import { latest, type Tracker } from "../forge/tracker.ts";`],
    ["lib/forge/github/a.ts", `import { b } from "../shared.ts"; import "@octokit/rest"; import "../../core/b.ts";`],
    ["functions/a.ts", `import "cloudflare:workers"; import "hono"; import "../lib/loop/watcher.ts"; import "./b.ts";`],
    [
      "lib/doctor/a.ts",
      `import "./b.ts"; import "node:fs"; import "../zod.ts"; import "../core/config.ts"; import "../forge/github/client.ts";`,
    ],
    ["scripts/a.ts", `import "../lib/doctor/doctor.ts";`],
    ["scripts/a.ts", `import "node:fs"; import "../lib/core/config.ts"; import "../test/rehearsal/arm-child.ts";`],
    [
      "test/a.test.ts",
      `import "../functions/app.ts"; import "../scripts/build.ts"; vi.mock(name); await import(name);`,
    ],
  ])("let pass %s: %s", (path, source) => {
    expect(arrows(path, source)).toEqual([]);
  });
});

describe("skipped tests", () => {
  it.each([
    [`it.skip("x", () => {});`, "it.skip"],
    [`describe.only("x", () => {});`, "describe.only"],
    [`test.todo("x");`, "test.todo"],
    [`suite.skip("x", () => {});`, "suite.skip"],
    [`it.skipIf(true)("x", () => {});`, "it.skipIf"],
    [`test.runIf(ci)("x", () => {});`, "test.runIf"],
    [`it.concurrent.only("x", () => {});`, "it.concurrent.only"],
    [`it\n  .only("x", () => {});`, "it.only"],
    [`describe.each([1]).skip("x", () => {});`, "describe.skip"],
    [`xit("x", () => {});`, "xit"],
    [`xdescribe("x", () => {});`, "xdescribe"],
    [`fit("x", () => {});`, "fit"],
    [`it("x", { skip: true }, () => {});`, "skip: true"],
    [`it("x", (ctx) => { ctx.skip(); });`, "ctx.skip"],
  ])("%s", (source, found) => {
    const texts = skippedTests("test/a.test.ts", source).map(({ text }) => text.split(":")[0]);
    expect(texts).toEqual([found.replace("it.concurrent.only", "it.only").split(":")[0]]);
  });

  it.each([
    [`it("does not skip", () => { page.skip(1); pages.only(); });`],
    [`// it.skip("x")`],
    [`const text = 'it.skip("x")';`],
    [`it.each([1])("x", () => {}); it.concurrent("y", () => {}); it.fails("z", () => {});`],
    [`const options = { skip: false, only: 3 };`],
    [`it("x", () => { expect(1).toBe(1); }); queue.skip();`],
  ])("and let pass: %s", (source) => {
    expect(skippedTests("test/a.test.ts", source)).toEqual([]);
  });

  it("are looked for in tests alone", () => {
    expect(skippedTests("lib/core/a.ts", `it.skip("x")`)).toEqual([]);
  });
});

describe("arming", () => {
  it.each([
    ["lib/core/config.ts", `const env = { AFK_KILL_SWITCH: "false" };`],
    ["lib/core/config.ts", `const env = { "AFK_KILL_SWITCH": false };`],
    ["functions/app.ts", `env.AFK_KILL_SWITCH = "false";`],
    ["functions/app.ts", `env["AFK_KILL_SWITCH"] = "0";`],
    ["functions/app.ts", `env.AFK_KILL_SWITCH ??= "off";`],
    ["functions/app.ts", `const { AFK_KILL_SWITCH = "no" } = env;`],
    ["functions/app.ts", `map.set("AFK_KILL_SWITCH", "False");`],
    ["lib/core/config.ts", `const env = { AFK_ALLOWLIST: "github:acme/app" };`],
    ["lib/core/config.ts", "const env = { AFK_ALLOWLIST: `github:acme/app` };"],
    ["functions/app.ts", `env.AFK_ALLOWLIST = "forgejo:acme/app, github:acme/b";`],
    ["scripts/rehearse.ts", `const env = { AFK_KILL_SWITCH: "false" };`],
    ["scripts/rehearse.ts", `const env = { AFK_ALLOWLIST: repos };`],
    ["scripts/rehearse/play.ts", `env.AFK_ALLOWLIST = repos.join(",");`],
    ["scripts/bench.ts", `env.AFK_KILL_SWITCH = value;`],
    ["scripts/deploy.sh", `export AFK_KILL_SWITCH=false`],
    ["scripts/settings.json", `{"AFK_ALLOWLIST": "github:acme/app"}`],
    ["wrangler.toml", `AFK_KILL_SWITCH = "false"`],
    ["package.json", `"start": "AFK_KILL_SWITCH=false node scripts/start.ts"`],
    [".ci/run", `AFK_ALLOWLIST=github:acme/app npm test`],
  ])("%s: %s", (path, source) => {
    expect(arming(path, source)).toHaveLength(1);
  });

  it.each([
    ["lib/core/config.ts", `const names = ["AFK_KILL_SWITCH", "AFK_ALLOWLIST", "AFK_MODEL"];`],
    ["lib/core/config.ts", `const config = { killSwitch: read.boolean("AFK_KILL_SWITCH", true) };`],
    ["lib/core/config.ts", `const list = read.list("AFK_ALLOWLIST", allowlistEntry);`],
    ["functions/env.ts", `interface Env { AFK_KILL_SWITCH?: string; AFK_ALLOWLIST?: string }`],
    ["functions/app.ts", `if (env.AFK_KILL_SWITCH === "false" && env.AFK_ALLOWLIST !== "") go();`],
    ["lib/core/a.ts", `// AFK_KILL_SWITCH: "false" arms`],
    ["scripts/start.ts", `child({ AFK_KILL_SWITCH: "true", AFK_ALLOWLIST: "" });`],
    ["scripts/doctor.ts", `const help = { AFK_ALLOWLIST: "exact names, comma-separated" };`],
    ["wrangler.toml", `AFK_KILL_SWITCH = "true"`],
    ["wrangler.toml", `# AFK_KILL_SWITCH = "false" is set by hand`],
    ["test/stories/x.test.ts", `const env = { AFK_KILL_SWITCH: "false" };`],
  ])("let pass %s: %s", (path, source) => {
    expect(arming(path, source)).toEqual([]);
  });
});

describe("the forges' names", () => {
  it.each([
    "lib/core/messages.ts",
    "lib/loop/watcher.ts",
    "lib/executor/t3-client.ts",
    "lib/notify/slack.ts",
    "functions/webhooks.ts",
  ])("have no place in %s", (path) => {
    expect(forgeWords(path, `const a = 1;\n// on GitHub`)).toEqual([
      { path, line: 2, text: `names "GitHub", a forge` },
    ]);
    expect(forgeWords(path, "if (forge === 'forgejo') {}")).toHaveLength(1);
  });

  it.each([
    "lib/core/types.ts",
    "lib/core/config.ts",
    "lib/doctor/checks/forges.ts",
    "lib/forge/github/tracker.ts",
    "functions/app.ts",
    "functions/worker.ts",
    "scripts/rehearse.ts",
    "test/a.test.ts",
  ])("may stand in %s", (path) => {
    expect(forgeWords(path, `import "./github.ts"; const forge = "forgejo";`)).toEqual([]);
  });

  it("are not meant by the shape of a secret", () => {
    expect(forgeWords("lib/core/text.ts", "/github_pat_\\w+/")).toEqual([]);
  });
});
