import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { done, known, parseRepoKey, repoKey, unread } from "../../lib/core/types.ts";

describe("a repo's key", () => {
  test("is lower-cased, so that two spellings are one repo", () => {
    expect(repoKey({ forge: "github", owner: "Acme", name: "App.js" })).toBe("github:acme/app.js");
    expect(repoKey({ forge: "forgejo", owner: "acme", name: "APP" })).toBe("forgejo:acme/app");
  });

  test.each([
    ["github:acme/app", { forge: "github", owner: "acme", name: "app" }],
    ["forgejo:A-c.m_e/app.js", { forge: "forgejo", owner: "A-c.m_e", name: "app.js" }],
  ])("%s is read", (text, repo) => {
    expect(parseRepoKey(text)).toEqual(repo);
  });

  test.each([
    "",
    "acme/app",
    "gitlab:acme/app",
    "GITHUB:acme/app",
    "github:acme",
    "github:acme/",
    "github:/app",
    "github:acme/app/more",
    "github:acme/*",
    "github:acme/app\n",
    "\ngithub:acme/app",
    "github: acme/app",
    "github:acme/app#1",
    "xgithub:acme/app",
  ])("%j is not one", (text) => {
    expect(parseRepoKey(text)).toBeNull();
  });

  test("what is read back from a key has that key", () => {
    const part = fc.stringMatching(/^[A-Za-z0-9_.-]{1,20}$/);
    fc.assert(
      fc.property(fc.constantFrom("github" as const, "forgejo" as const), part, part, (forge, owner, name) => {
        const key = repoKey({ forge, owner, name });
        const back = parseRepoKey(key);
        expect(back === null ? null : repoKey(back)).toBe(key);
      }),
    );
  });
});

test("a failed read is never a value, and says whether a token is at fault", () => {
  expect(known(0)).toEqual({ known: true, value: 0 });
  expect(unread("timed out")).toEqual({ known: false, why: "timed out", auth: false });
  expect(unread("HTTP 401", "auth")).toEqual({ known: false, why: "HTTP 401", auth: true });
  expect(done("id")).toEqual({ type: "done", value: "id" });
});
