import { describe, expect, test } from "vitest";
import { versionProblem } from "../../../lib/forge/forgejo/client.ts";
import { answering, stage, TOKEN } from "./stage.ts";

describe("the server's version", () => {
  test.each([
    ["15.0.3+gitea-1.22.0", null],
    ["13.0.0+gitea-1.22.0", null],
    ["13.0.0-dev-12-abc+gitea-1.22.0", null],
    ["12.0.4+gitea-1.22.0", /too old: it is version 12\.0\.4/],
    ["7.0.0+gitea-1.21.11", /too old/],
    ["1.24.0", /not a Forgejo: it calls itself version 1\.24\.0/],
    ["1.26.0+dev-3", /not a Forgejo/],
    ["15.0.3", /not a Forgejo/],
    ["<script>", /not a Forgejo: it calls itself version \?script\?/],
  ])("%s", (version, problem) => {
    if (problem === null) expect(versionProblem(version)).toBeNull();
    else expect(versionProblem(version)).toMatch(problem);
  });

  test("is asked once, and a failed read is no answer", async () => {
    const { client, faults, heard } = stage();
    const fault = faults.add(({ path }) => path === "/version", 502);
    expect(await client.unfit()).toMatchObject({ known: false });
    fault.remove();
    expect(await client.unfit()).toEqual({ known: true, value: null });
    await client.unfit();
    expect(heard()).toEqual(["GET 502 /api/v1/version", "GET 200 /api/v1/version"]);
  });

  test.each([
    [
      new Response("<html>Welcome</html>", { headers: { "content-type": "text/html" } }),
      /not understood.* \(GET \/version\)/,
    ],
    [new Response("Bad Gateway", { status: 502 }), /502 \(GET \/version\)/],
    [new Error("connection refused"), /no answer: connection refused \(GET \/version\)/],
  ])("that cannot be read says whose address it is: %s", async (answer, reason) => {
    const { client } = answering(answer);
    const told = await client.unfit();
    expect(told).toMatchObject({ known: false, why: expect.stringMatching(/^FORGEJO_URL shows no Forgejo: /) });
    expect(told).toMatchObject({ why: expect.stringMatching(reason) });
  });

  test("a server without one is none of ours, and the setting to mend is named", async () => {
    const { client } = answering(new Response("nothing here", { status: 404 }));
    expect(await client.unfit()).toMatchObject({ known: true, value: { setting: "FORGEJO_URL" } });
  });
});

describe("a request", () => {
  test("carries the token in its header alone", async () => {
    const { tracker, asked } = answering(Response.json([]));
    await tracker.comments(1);
    expect(asked[0]?.headers.get("authorization")).toBe(`token ${TOKEN}`);
    expect(asked.map(({ url }) => url).join()).not.toContain(TOKEN);
  });

  test("is never followed elsewhere: a redirect is a person's to mend", async () => {
    const moved = new Response(null, { status: 307, headers: { location: "https://evil.test/api/v1/repos/x/y" } });
    const { tracker, asked } = answering(moved);
    expect(await tracker.repo()).toMatchObject({
      known: false,
      auth: true,
      why: expect.stringContaining("redirected"),
    });
    expect(await tracker.close(1)).toMatchObject({ type: "retry", auth: true });
    expect(asked.every(({ url }) => url.startsWith("https://forgejo.internal.test/"))).toBe(true);
  });

  test("of a renamed repo is one, and nothing of it reaches the new name", async () => {
    const { tracker, people } = stage();
    people.renameRepo({ repo: "octo/widgets", to: "gadgets", by: "octo" });
    expect(await tracker.repo()).toMatchObject({ known: false, why: expect.stringContaining("another name") });
  });

  test.each<[string, Response | Error, object]>([
    ["no answer", new Error("reset"), { known: false, auth: false }],
    ["a proxy's page", new Response("<html>", { headers: { "content-type": "text/html" } }), { known: false }],
    ["broken JSON", new Response("{", { headers: { "content-type": "application/json" } }), { known: false }],
    ["a 401", Response.json({ message: "bad" }, { status: 401 }), { known: false, auth: true }],
    ["a missing scope", Response.json({ message: "scope" }, { status: 403 }), { known: false, auth: true }],
    ["a 500", Response.json({}, { status: 500 }), { known: false, auth: false }],
  ])("that ends in %s is unread", async (_what, answer, told) => {
    const { tracker } = answering(answer);
    expect(await tracker.issue(1)).toMatchObject(told);
    expect(await tracker.events(1)).toMatchObject(told);
    expect(await tracker.candidates("x")).toMatchObject(told);
    expect(await tracker.head("main")).toMatchObject(told);
  });
});

test("who we are is asked once, whichever client of ours asks, and a failed read is kept by none", async () => {
  const account = { identity: null };
  const first = stage({ account });
  const fault = first.faults.add(({ path }) => path === "/user", 502);
  expect(await first.client.identity()).toMatchObject({ known: false });
  fault.remove();
  const told = await first.client.identity();
  expect(told).toMatchObject({ known: true });
  expect(first.heard()).toEqual(["GET 502 /api/v1/user", "GET 200 /api/v1/user"]);
  const next = stage({ account });
  expect(await next.client.identity()).toEqual(told);
  expect(next.heard()).toEqual([]);
});
