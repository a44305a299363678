import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createGithubClient } from "../../../lib/forge/github/client.ts";
import { type GithubCredentials, noInstallations, privateKeyProblem } from "../../../lib/forge/github/credentials.ts";
import { askGraphql } from "../../../lib/forge/github/graphql.ts";
import { createGithubTracker } from "../../../lib/forge/github/tracker.ts";
import { OURS, REPO, stage } from "./stage.ts";

const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
const PUBLIC = keys.publicKey.export({ type: "spki", format: "pem" }).toString();
const PKCS8 = keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const PKCS1 = keys.privateKey.export({ type: "pkcs1", format: "pem" }).toString();
const APP = { id: 4711, slug: "afk-loop-app", installationId: 99, publicKey: PUBLIC };
const asApp = (privateKey: string): GithubCredentials => ({ type: "app", appId: "4711", privateKey });

/** An app signs with the time of the machine, so GitHub's clock stands there; `later` moves our own. */
function appStage(privateKey = PKCS8) {
  let nowMs = Date.now();
  const there = stage({ credentials: asApp(privateKey), now: () => nowMs }, { app: APP });
  there.scene.nowMs = nowMs;
  there.people.setPermission(REPO, "afk-loop-app[bot]", "write");
  const later = (minutes: number) => {
    nowMs += minutes * 60_000;
  };
  return { ...there, later };
}

describe("an app", () => {
  test("asks for its installation's token once, and again before the hour is over", async () => {
    const { tracker, later, heard } = appStage();
    await tracker.repo();
    await tracker.head("main");
    expect(heard()).toEqual([
      "GET 200 /installation",
      "POST 201 /app/installations/99/access_tokens",
      "GET 200 ",
      "GET 200 /branches/main",
    ]);
    later(54);
    await tracker.repo();
    expect(heard()).toHaveLength(1);
    later(2);
    await tracker.repo();
    expect(heard()).toContain("POST 201 /app/installations/99/access_tokens");
  });

  test("has one token for all repos of an account, whichever client asks, and finds its installation anew each hour", async () => {
    const { people, scene, later, heard, settings } = appStage();
    people.addRepo({ name: "octo/other", permissions: { "afk-loop-app[bot]": "write" } });
    const installations = noInstallations();
    const trackerOf = (name: string) =>
      createGithubTracker(createGithubClient({ ...settings, installations }), { ...OURS, name });
    scene.issue();
    for (const name of ["widgets", "other", "widgets", "other"]) await trackerOf(name).repo();
    expect(heard()).toEqual([
      "GET 200 /installation",
      "POST 201 /app/installations/99/access_tokens",
      "GET 200 ",
      "GET 200 /repos/octo/other/installation",
      "GET 200 /repos/octo/other",
      "GET 200 ",
      "GET 200 /repos/octo/other",
    ]);
    later(61);
    await trackerOf("other").repo();
    expect(heard()[0]).toBe("GET 200 /repos/octo/other/installation");
  });

  test("that was installed anew is found again", async () => {
    const { tracker, later, heard, faults } = appStage();
    await tracker.repo();
    later(56);
    const gone = faults.add(({ path }) => path.endsWith("/access_tokens"), 404);
    expect(await tracker.repo()).toMatchObject({ known: false });
    gone.remove();
    heard();
    expect(await tracker.repo()).toMatchObject({ known: true });
    expect(heard()).toEqual(["GET 200 /installation", "POST 201 /app/installations/99/access_tokens", "GET 200 "]);
  });

  test("knows its own comments, and not those of another app", async () => {
    const { tracker, scene, people } = appStage();
    const number = scene.issue();
    people.addBot("helper");
    people.comment({ repo: REPO, number, by: "helper[bot]", body: "theirs" });
    await tracker.createComment(number, "ours");
    const reading = await tracker.comments(number);
    expect(reading.known && reading.value.map(({ body, ours }) => [body, ours])).toEqual([
      ["theirs", false],
      ["ours", true],
    ]);
  });

  test("knows itself by its reserved login", async () => {
    const { tracker } = appStage();
    const account = (login: string) => ({ id: "1", login, kind: "bot" as const });
    expect(await tracker.isSelf(account("afk-loop-app[bot]"))).toEqual({ known: true, value: true });
    expect(await tracker.isSelf(account("afk-loop-app"))).toEqual({ known: true, value: false });
  });

  test("that is not installed in the repo is a matter for a person, for reads and acts alike", async () => {
    const { tracker } = stage({ credentials: asApp(PKCS8) }, { app: APP });
    const why = "the app is not installed in octo/widgets";
    expect(await tracker.repo()).toMatchObject({ known: false, auth: true });
    const there = appStage();
    there.people.addRepo({ name: "octo/other" });
    there.faults.add(({ path }) => path.endsWith("/installation"), 404);
    expect(await there.tracker.repo()).toEqual({ known: false, why, auth: true, everywhere: true });
    expect(await there.tracker.addLabel(1, "x")).toEqual({ type: "retry", why, auth: true, afterMs: null });
  });

  test("with a key that cannot sign says so, and asks nothing", async () => {
    for (const [key, why] of [
      [PKCS1, /PKCS#1.*openssl pkcs8 -topk8/],
      ["hello", /not a PKCS#8 PEM/],
      ["-----BEGIN PRIVATE KEY-----\nhello\n-----END PRIVATE KEY-----", /cannot be read/],
    ] as const) {
      const { tracker, heard } = appStage(key);
      expect(await tracker.repo()).toMatchObject({ known: false, auth: true, why: expect.stringMatching(why) });
      expect(heard()).toEqual([]);
    }
  });

  test("may have its key on one line, as an environment holds it", async () => {
    const { tracker } = appStage(PKCS8.replaceAll("\n", "\\n"));
    expect(await tracker.repo()).toMatchObject({ known: true });
  });

  test("whose token cannot be fetched just now tries again", async () => {
    const { tracker, faults } = appStage();
    faults.add(({ path }) => path.endsWith("/access_tokens"), 502, 1);
    expect(await tracker.repo()).toMatchObject({ known: false, auth: false });
    expect(await tracker.repo()).toMatchObject({ known: true });
  });
});

test.each([
  ["PKCS#8", PKCS8, null],
  ["PKCS#1", PKCS1, /^is PKCS#1/],
  ["a certificate", "-----BEGIN CERTIFICATE-----", /^is not a PKCS#8 PEM/],
  ["nothing", "", /^is not a PKCS#8 PEM/],
])("a private key as %s", (_name, key, problem) => {
  if (problem === null) expect(privateKeyProblem(key)).toBeNull();
  else expect(privateKeyProblem(key)).toMatch(problem);
});

describe("a write", () => {
  test("to a renamed repo follows it", async () => {
    const { tracker, scene, people } = stage();
    const number = scene.issue();
    people.renameRepo({ repo: REPO, to: "gadgets", by: "octo" });
    expect(await tracker.addLabel(number, "agent-in-progress")).toEqual({ type: "done", value: null });
    expect(await tracker.close(number)).toEqual({ type: "done", value: null });
    expect(await tracker.createComment(number, "text")).toMatchObject({ type: "done" });
    expect(scene.github.state.repos[0]?.issues[0]).toMatchObject({ state: "closed", comments: [{ body: "text" }] });
  });

  test("that GitHub would send to another repo goes nowhere", async () => {
    const { tracker, faults, people, heard } = stage();
    people.addRepo({ name: "octo/elsewhere", permissions: { "afk-loop": "write" } });
    const { number } = people.createIssue({ repo: "octo/elsewhere", title: "theirs", by: "octo" });
    const away = () =>
      Response.json(
        { message: "Moved" },
        { status: 307, headers: { location: `/repos/octo/elsewhere/issues/${number}/comments` } },
      );
    faults.add(({ method }) => method === "POST", away);
    expect(await tracker.createComment(number, "text")).toEqual({ type: "refused", why: "307 Moved" });
    expect(heard()).toEqual([`POST 307 /issues/${number}/comments`, "GET 200 "]);
  });
});

test.each([
  ["https://api.github.test", "https://api.github.test/graphql"],
  ["https://ghe.example.com/api/v3", "https://ghe.example.com/api/graphql"],
  ["https://ghe.example.com/api/v3/", "https://ghe.example.com/api/graphql"],
])("at %s GraphQL is asked at %s", async (apiUrl, url) => {
  const asked: string[] = [];
  const fetch = async (input: string) => {
    asked.push(input);
    return Response.json({ data: {} });
  };
  const { client } = stage({ apiUrl, fetch });
  await askGraphql(client, OURS, "query { viewer { login } }", {});
  expect(asked).toEqual([url]);
});

test("a revoked token is a token to mend, for reads and acts alike", async () => {
  const { tracker, scene, client } = stage();
  const number = scene.issue();
  scene.github.revokeToken("ghp_test");
  expect(await tracker.issue(number)).toEqual({
    known: false,
    why: "401 Bad credentials (GET /repos/{owner}/{repo}/issues/{issue_number})",
    auth: true,
    everywhere: true,
  });
  expect(await tracker.close(number)).toMatchObject({ type: "retry", auth: true, afterMs: null });
  expect(await client.identity()).toMatchObject({ known: false, auth: true });
});

test("names that could leave their place in a path stay in it", async () => {
  const { client, heard } = stage();
  await client.request(OURS, "GET /repos/{owner}/{repo}/branches/{branch}", { branch: "../../../user" });
  expect(heard()).toEqual(["GET 404 /branches/..%2F..%2F..%2Fuser"]);
});

test("who we are is asked once, whichever client of ours asks, and a failed read is kept by none", async () => {
  const account = { identity: null };
  const first = stage({ account });
  const fault = first.faults.add(({ path }) => path === "/user", 502);
  expect(await first.client.identity()).toMatchObject({ known: false });
  fault.remove();
  const told = await first.client.identity();
  expect(told).toMatchObject({ known: true, value: { type: "user" } });
  expect(first.heard()).toEqual(["GET 502 /user", "GET 200 /user"]);
  const next = stage({ account });
  expect(await next.client.identity()).toEqual(told);
  expect(next.heard()).toEqual([]);
});
