import { describe, expect, it } from "vitest";
import { parseSettings } from "../../lib/core/config.ts";
import { armedAgainst, armedEnv, isForRehearsals, isLoopback } from "./arm-child.ts";

const local = { GITHUB_API_URL: "http://127.0.0.1:4000" };
const repos = ["github:acme/app"];

describe("armedEnv", () => {
  it("arms a child that can reach nothing but this machine", () => {
    const env = armedEnv({ ...local, T3_URL: "http://localhost:4001", PORT: "0" }, [...repos, "forgejo:acme/b"]);
    expect(env).toMatchObject({ ...local, PORT: "0", AFK_KILL_SWITCH: "false" });
    const { config, errors } = parseSettings(env);
    expect(errors).toEqual([]);
    expect(config.killSwitch).toBe(false);
    expect(config.allowlist).toEqual(["github:acme/app", "forgejo:acme/b"]);
  });

  it("leaves no setting for a .dev.vars to fill", () => {
    const env = armedEnv(local, repos);
    expect(env).toMatchObject({ T3_URL: "", T3_TOKEN: "", SLACK_API_URL: "", SLACK_BOT_TOKEN: "", NTFY_URL: "" });
    // A certificate that is not there would end the child before it began.
    expect(env).toMatchObject({ FORGEJO_CA: "", DATA_DIR: "" });
  });

  it.each(["GITHUB_API_URL", "FORGEJO_URL", "T3_URL", "T3_WEB_URL", "SLACK_API_URL", "NTFY_URL"])(
    "refuses when %s is not loopback",
    (name) => {
      expect(() => armedEnv({ ...local, [name]: "https://example.com" }, repos)).toThrow(`${name} is not loopback`);
    },
  );

  it("refuses where unset means the real thing", () => {
    expect(() => armedEnv({ T3_URL: "http://127.0.0.1:1" }, repos)).toThrow("GITHUB_API_URL is not set");
    expect(() => armedEnv({ ...local, SLACK_BOT_TOKEN: "x" }, repos)).toThrow("SLACK_API_URL is not set");
  });

  it("refuses an empty allowlist, which would arm nothing", () => {
    expect(() => armedEnv(local, [])).toThrow("the allowlist is empty");
  });

  it("does not touch what it was given", () => {
    const env = { ...local, AFK_KILL_SWITCH: "true" };
    armedEnv(env, repos);
    expect(env.AFK_KILL_SWITCH).toBe("true");
  });
});

describe("armedAgainst", () => {
  const scratch = { forge: "forgejo", owner: "acme", name: "My-Scratch" } as const;
  const theirs = { GITHUB_API_URL: "http://127.0.0.1:9", FORGEJO_URL: "https://git.example.com" };

  it("arms a child for one repo, that may reach its forge", () => {
    const env = armedAgainst(theirs, scratch);
    expect(env).toMatchObject({ ...theirs, AFK_KILL_SWITCH: "false", T3_URL: "" });
    expect(parseSettings(env).config.allowlist).toEqual(["forgejo:acme/my-scratch"]);
  });

  it.each(["GITHUB_API_URL", "T3_URL", "SLACK_API_URL", "NTFY_URL", "AFK_DEPLOY_ORIGINS"])(
    "refuses when %s leaves this machine too",
    (name) => {
      const env = { ...theirs, [name]: "https://example.com" };
      expect(() => armedAgainst(env, scratch)).toThrow(`${name} is not loopback`);
    },
  );

  it.each([
    ["widgets", false],
    ["scrat-ch", false],
    ["scratch", true],
    ["widgets.SCRATCH", true],
    ["the-Rehearsals", true],
  ])("a repo called %s: %s", (name, may) => {
    const repo = { forge: "github", owner: "scratch-rehearsal", name } as const;
    expect(isForRehearsals(repo)).toBe(may);
    const arming = () => armedAgainst({ GITHUB_API_URL: "https://api.github.com" }, repo);
    if (may) expect(arming().AFK_ALLOWLIST).toBe(`github:scratch-rehearsal/${name.toLowerCase()}`);
    else expect(arming).toThrow("not named as a repo for rehearsals");
  });
});

describe("isLoopback", () => {
  it.each(["http://127.0.0.1:1/x", "http://127.9.9.9", "http://localhost:80", "http://[::1]:1", "http://127.1"])(
    "yes: %s",
    (url) => expect(isLoopback(url)).toBe(true),
  );

  it.each([
    "http://example.com",
    "http://127.0.0.1.example.com",
    "http://127.0.0.1@example.com",
    "http://localhost.example.com",
    "http://10.0.0.1",
    "http://0.0.0.0",
    "ftp://127.0.0.1",
    "127.0.0.1",
    "",
  ])("no: %s", (url) => expect(isLoopback(url)).toBe(false));
});
