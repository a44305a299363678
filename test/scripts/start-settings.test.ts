import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { unstable_readConfig } from "wrangler";
import { origin, ownOrigin } from "../../scripts/start/address.ts";
import { readCertificates } from "../../scripts/start/ca.ts";
import { parseDevVars } from "../../scripts/start/dev-vars.ts";
import { LAUNCHER_NAMES, readStartSettings } from "../../scripts/start/settings.ts";
import { compatibilityDate, objects, trampoline, workerdConfig } from "../../scripts/start/workerd-config.ts";

describe(".dev.vars", () => {
  it.each([
    ["A=1", { A: "1" }],
    ["A = spaced out \nB=2", { A: "spaced out", B: "2" }],
    ["# a comment\n\n  # another\nA=1 # told\nB=a#b", { A: "1", B: "a#b" }],
    ["A=\nB=", { A: "", B: "" }],
    [`A="two\\nlines \\"quoted\\" # kept"`, { A: `two\nlines "quoted" # kept` }],
    [`A='raw\\n # kept' # gone`, { A: "raw\\n # kept" }],
    [`A="-----BEGIN\nabc=\n-----END"\nB=2`, { A: "-----BEGIN\nabc=\n-----END", B: "2" }],
    [`A=\`{"x":"it's"}\``, { A: `{"x":"it's"}` }],
    ["export A=1\r\nB=2\r\n", { A: "1", B: "2" }],
    ["\uFEFFA=1", { A: "1" }],
    [`A={"X-Key":"a=b"}`, { A: `{"X-Key":"a=b"}` }],
    ["", {}],
  ])("reads %j", (text, expected) => {
    const read = parseDevVars(text, ".dev.vars").map(({ name, value }) => [name, value]);
    expect(Object.fromEntries(read)).toEqual(expected);
  });

  it.each([
    ["A=1\nnonsense\n", ".dev.vars:2: expected NAME=value"],
    ["1A=1", ".dev.vars:1: expected NAME=value"],
    ["=1", ".dev.vars:1: expected NAME=value"],
    [`A="open\nB=2`, ".dev.vars:1: the value of A"],
    [`A="x" y`, ".dev.vars:1: the value of A"],
    [`A="x\ny"\n\nB`, ".dev.vars:4: expected NAME=value"],
    ["A=1\nB=2\nA=3", ".dev.vars:3: A is set already in line 1"],
  ])("refuses %j, naming file and line", (text, reason) => {
    expect(() => parseDevVars(text, ".dev.vars")).toThrow(reason);
  });
});

describe("the settings of npm start", () => {
  const read = (env: Record<string, string>, devVars: string | null = null) =>
    readStartSettings({ env, devVars, cwd: "/home/me" });

  it("has defaults for what is not set", () => {
    expect(read({})).toEqual({
      host: "127.0.0.1",
      port: 8787,
      controlPort: 8788,
      dataDir: "/home/me/data",
      sweepSeconds: 60,
      ca: null,
      rehearseToken: null,
      worker: {},
      warnings: [],
    });
  });

  it("lets the environment win over .dev.vars, also with an empty value", () => {
    const { worker } = read({ AFK_MODEL: "a/b", T3_TOKEN: "" }, "AFK_MODEL=x/y\nT3_TOKEN=secret\nT3_URL=http://t3");
    expect(worker).toEqual({ AFK_MODEL: "a/b", T3_TOKEN: "", T3_URL: "http://t3" });
  });

  it("hands on known names alone, and tells a misspelt one", () => {
    const { worker, warnings } = read({ HOME: "/root", AWS_SECRET: "x" }, "AFK_ALOWLIST=github:a/b\nPORT=1");
    expect(worker).toEqual({});
    expect(warnings).toEqual([".dev.vars:1: AFK_ALOWLIST is not a setting of this loop, not handed on"]);
  });

  it("warns of sweeps that come after they are called overdue", () => {
    expect(read({}, "AFK_SWEEP_SECONDS=600").warnings).toEqual([]);
    expect(read({}, "AFK_SWEEP_SECONDS=601").warnings).toEqual([
      "AFK_SWEEP_SECONDS: above 600 /healthz calls each sweep overdue before the next one",
    ]);
  });

  it("tells one of the environment too, where it begins as ours do", () => {
    const { worker, warnings } = read({ AFK_ALOWLIST: "", AFK_SETTINGS: "x", HTTP_PROXY: "x" }, "AFK_MODLE=a/b");
    expect(worker).toEqual({});
    expect(warnings).toEqual([
      ".dev.vars:1: AFK_MODLE is not a setting of this loop, not handed on",
      "environment: AFK_ALOWLIST is not a setting of this loop, not handed on",
    ]);
  });

  it("tells a settings file that names a settings file, which has no effect", () => {
    const { worker, warnings } = read({ AFK_SETTINGS: "x" }, "PORT=1\nAFK_SETTINGS=y");
    expect(worker).toEqual({});
    expect(warnings).toEqual([".dev.vars:2: AFK_SETTINGS has no effect in a file: set it in the environment"]);
  });

  it("takes who started it for no setting, and neither tells nor hands it on", () => {
    expect(read({ AFK_STARTER_PID: "1" })).toMatchObject({ worker: {}, warnings: [] });
    expect(read({}, "AFK_STARTER_PID=1").warnings).toHaveLength(1);
  });

  it("binds where it is told, by number", () => {
    expect(read({ AFK_HOST: "0.0.0.0" }).host).toBe("0.0.0.0");
    expect(read({ AFK_HOST: "" }, "AFK_HOST=::").host).toBe("127.0.0.1");
    expect(read({}, "AFK_HOST=::1").host).toBe("::1");
    expect([origin("::1", 1), ownOrigin("::", 1), ownOrigin("0.0.0.0", 1), ownOrigin("10.0.0.5", 1)]).toEqual([
      "http://[::1]:1",
      "http://[::1]:1",
      "http://127.0.0.1:1",
      "http://10.0.0.5:1",
    ]);
  });

  it("takes its own settings from .dev.vars too", () => {
    const text = "PORT=0\nAFK_CONTROL_PORT=0\nDATA_DIR=/srv/afk\nAFK_SWEEP_SECONDS=0.5";
    expect(read({}, text)).toMatchObject({ port: 0, controlPort: 0, dataDir: "/srv/afk", sweepSeconds: 0.5 });
  });

  it("keeps them to itself: the worker would judge them a second time", () => {
    const env = Object.fromEntries(LAUNCHER_NAMES.map((name) => [name, ""]));
    expect(read(env)).toMatchObject({ sweepSeconds: 60, worker: {}, warnings: [] });
  });

  it.each([
    [{ PORT: "http" }, `PORT should be a port, 0 to 65535, and is "http"`],
    [{ PORT: "65536" }, "PORT should be a port"],
    [{ AFK_HOST: "example.com" }, `AFK_HOST should be an address, as 127.0.0.1 or 0.0.0.0, and is "example.com"`],
    [{ PORT: "-1" }, "PORT should be a port"],
    [{ AFK_CONTROL_PORT: "8e3" }, "AFK_CONTROL_PORT should be a port"],
    [{ PORT: "9000", AFK_CONTROL_PORT: "9000" }, "PORT and AFK_CONTROL_PORT are both 9000"],
    [{ AFK_SWEEP_SECONDS: "0" }, "AFK_SWEEP_SECONDS should be seconds"],
    [{ AFK_SWEEP_SECONDS: "1m" }, "AFK_SWEEP_SECONDS should be seconds"],
    [{ AFK_SWEEP_SECONDS: ".5" }, "AFK_SWEEP_SECONDS should be seconds"],
    [{ AFK_SWEEP_SECONDS: "5." }, "AFK_SWEEP_SECONDS should be seconds"],
    [{ AFK_SWEEP_SECONDS: "86401" }, "AFK_SWEEP_SECONDS should be seconds"],
  ])("refuses %j", (env, reason) => {
    expect(() => read(env)).toThrow(reason);
  });
});

describe("the configuration of workerd", () => {
  it("agrees with wrangler.toml, so one's own machine runs what Cloudflare runs", () => {
    const wrangler = unstable_readConfig({ config: "wrangler.toml" });
    const bindings: { name: string; class_name: string }[] = wrangler.durable_objects.bindings;
    expect(wrangler.compatibility_date).toBe(compatibilityDate);
    expect(Object.fromEntries(bindings.map(({ name, class_name }) => [name, class_name]))).toEqual(objects);
    expect(wrangler.migrations).toEqual([{ tag: "v1", new_sqlite_classes: Object.values(objects) }]);
    expect(wrangler.triggers.crons).toEqual(["* * * * *"]);
  });

  it("ships disabled", () => {
    const vars = readFileSync("wrangler.toml", "utf8").split("[vars]")[1]?.split("[")[0]?.trim();
    expect(vars).toBe(`AFK_KILL_SWITCH = "true"`);
  });

  it("names settings and holds no value of one", () => {
    const config = workerdConfig({ stateDir: `/srv/a "b"\\c`, settingNames: ["T3_TOKEN"], certificates: [] });
    expect(config).toContain(`(name = "T3_TOKEN", fromEnvironment = "T3_TOKEN")`);
    expect(config).toContain(String.raw`path = "/srv/a \"b\"\\c"`);
  });
});

describe("the trampoline", () => {
  it.each([
    ["", 400, 0],
    ["{", 400, 0],
    ["null", 400, 0],
    ["{}", 200, 1],
    ['{"freeBytes":5}', 200, 1],
  ])("answers a POST of %j with %i", async (body, status, sweeps) => {
    const { default: worker } = await import(`data:text/javascript,${encodeURIComponent(trampoline)}`);
    let swept = 0;
    const scheduled = async () => {
      swept += 1;
      return { outcome: "ok" };
    };
    const env = { APP: { scheduled }, FLEET: { getByName: () => ({ disk: async () => {} }) } };
    const answer: Response = await worker.fetch(new Request("http://x/", { method: "POST", body }), env);
    expect([answer.status, swept]).toEqual([status, sweeps]);
  });
});

describe("FORGEJO_CA", () => {
  const file = "test/fixtures/tls/localhost.cert.pem";
  const pem = readFileSync(file, "utf8").trim();

  it.each<[string, string, string]>([
    ["a path, from where npm start runs", file, "."],
    ["an absolute path", join(import.meta.dirname, "../..", file), "/"],
    ["the certificate itself", pem, "/"],
    ["the certificate in one line", pem.replaceAll("\n", "\\n"), "/"],
  ])("is %s", (_how, value, cwd) => {
    expect(readCertificates(value, cwd)).toEqual([`${pem}\n`]);
  });

  it("may hold several, each of which is trusted", () => {
    const certificates = readCertificates(`# two\n${pem}\n${pem}`, "/");
    expect(certificates).toHaveLength(2);
    const config = workerdConfig({ stateDir: "/s", settingNames: [], certificates });
    expect(config.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(config).toContain("trustBrowserCas = true, trustedCertificates = [");
  });

  it("is refused when there is no certificate in it", () => {
    expect(() => readCertificates("no/such/file", "/")).toThrow(/FORGEJO_CA cannot be read/);
    expect(() => readCertificates("package.json", ".")).toThrow("FORGEJO_CA holds no certificate in PEM");
  });
});
