import { describe, expect, test } from "vitest";
import { answering, REPO, stage } from "./stage.ts";

const some = (count: number, name = "src/file") => Array.from({ length: count }, (_, at) => `${name}-${at}.ts`);
const file = (filename: string, more: object = {}) => ({ filename, status: "modified", ...more });

describe("a commit", () => {
  test("has its parents and the paths it changed", async () => {
    const { tracker, scene, heard } = stage();
    const sha = await scene.push("Widgets stand still", { files: ["src/widget.ts", "test/widget.test.ts"] });
    expect(await tracker.commit(sha)).toEqual({
      known: true,
      value: { parents: [scene.base], changed: { paths: ["src/widget.ts", "test/widget.test.ts"], complete: true } },
    });
    expect(heard()).toEqual([`GET 200 /commits/${sha}`]);
    expect(await tracker.commit(scene.base)).toMatchObject({ known: true, value: { parents: [] } });
  });

  test("that merges has two parents, the trunk's first", async () => {
    const { tracker, scene } = stage();
    const side = await scene.push("Aside", { branch: "aside", files: ["src/aside.ts"] });
    const parents = [scene.base, side];
    const sha = scene.git.add(REPO, "main", { message: "Land #1", parents, files: ["src/aside.ts"] });
    expect(await tracker.commit(sha)).toMatchObject({ known: true, value: { parents } });
  });

  test("tells both names of a file it renamed, and not what it copied", async () => {
    const { tracker, scene, faults } = stage();
    const renamed = { "test/new.test.ts": "src/old.ts" };
    const sha = scene.git.add(REPO, "main", { message: "Move", files: ["test/new.test.ts", "src/old.ts"], renamed });
    const told = await tracker.commit(sha);
    expect(told.known && told.value.changed.paths).toEqual(["test/new.test.ts", "src/old.ts"]);
    const copied = file("test/new.test.ts", { status: "copied", previous_filename: "src/old.ts" });
    faults.add(
      ({ path }) => path.endsWith(`/commits/${sha}`),
      () => Response.json({ sha, parents: [], files: [copied] }),
    );
    const again = await tracker.commit(sha);
    expect(again.known && again.value.changed.paths).toEqual(["test/new.test.ts"]);
  });

  test("is read to its last page", async () => {
    const { tracker, scene, heard } = stage();
    const sha = await scene.push("Widgets everywhere", { files: some(250) });
    expect(await tracker.commit(sha)).toEqual({
      known: true,
      value: { parents: [scene.base], changed: { paths: some(250), complete: true } },
    });
    expect(heard()).toHaveLength(3);
  });

  test.each([
    [2999, true],
    [3000, false],
    [3001, false],
  ])("of %s files is complete: %s", async (count, complete) => {
    const { tracker, scene, heard } = stage();
    const sha = await scene.push("Widgets everywhere", { files: some(count) });
    const told = await tracker.commit(sha);
    expect(told.known && told.value.changed.complete).toBe(complete);
    expect(told.known && told.value.changed.paths.length).toBe(Math.min(count, 3000));
    expect(heard()).toHaveLength(30);
  });

  test("whose files are not told, or never end, is not complete", async () => {
    const sha = "a".repeat(40);
    const untold = answering(Response.json({ sha, parents: [{ sha: "b".repeat(40) }] }));
    expect(await untold.tracker.commit(sha)).toEqual({
      known: true,
      value: { parents: ["b".repeat(40)], changed: { paths: [], complete: false } },
    });
    const endless = { headers: { link: '<https://api.github.test/x?page=2>; rel="next"' } };
    const told = await answering(Response.json({ sha, parents: [], files: [file("a")] }, endless)).tracker.commit(sha);
    expect(told).toMatchObject({ known: true, value: { changed: { paths: ["a"], complete: false } } });
  });

  test("is unread where another is told, as for a branch of that name", async () => {
    const { tracker, scene } = stage();
    const sha = await scene.push("Widgets stand still");
    scene.git.setBranch(REPO, sha, scene.base);
    expect(await tracker.commit(sha)).toMatchObject({ known: false });
  });

  test.each([
    [401, true],
    [403, true],
    [404, false],
    [500, false],
    ["reset", false],
  ] as const)("is unread where the read ends in %s", async (fault, auth) => {
    const { tracker, scene, faults } = stage();
    faults.add(({ path }) => path.includes("/commits/"), fault);
    expect(await tracker.commit(scene.base)).toMatchObject({ known: false, auth });
  });

  test("that nobody knows is unread, and so is an answer that is something else", async () => {
    expect(await stage().tracker.commit("f".repeat(40))).toMatchObject({ known: false });
    for (const answer of [[], { sha: "a", parents: [] }, { sha: "a".repeat(40), parents: [{}], files: [] }])
      expect(await answering(Response.json(answer)).tracker.commit("a".repeat(40))).toMatchObject({ known: false });
  });
});

describe("the files of a pull request", () => {
  async function proposed(files: string[]) {
    const there = stage();
    const branch = "afk/1-abc";
    await there.scene.push("Stand", { branch, files });
    const { number } = await there.pulls.open({ repo: REPO, branch, base: "main", by: "ada", title: "Stand" });
    there.heard();
    return { ...there, branch, number };
  }

  test("are what it would change on the trunk, of all its commits, once each and under both names", async () => {
    const { proposals, scene, branch, number, heard } = await proposed(["src/a.ts", "src/b.ts"]);
    await scene.push("Others", { files: ["src/trunk.ts"] });
    const renamed = { "src/c.ts": "src/old.ts" };
    const head = scene.git.add(REPO, branch, { message: "More", files: ["src/b.ts", "src/c.ts"], renamed });
    await scene.github.pushed(REPO, branch, scene.base, head, "ada");
    expect(await proposals.files(number)).toEqual({
      known: true,
      value: { paths: ["src/a.ts", "src/b.ts", "src/c.ts", "src/old.ts"], complete: true },
    });
    expect(heard()).toEqual([`GET 200 /pulls/${number}/files`]);
  });

  test("are read to the last page, and then counted", async () => {
    const { proposals, number, heard } = await proposed(some(201));
    expect(await proposals.files(number)).toEqual({ known: true, value: { paths: some(201), complete: true } });
    expect(heard()).toEqual([...Array(3).fill(`GET 200 /pulls/${number}/files`), `GET 200 /pulls/${number}`]);
  });

  test("are not complete where the pull request counts others, as when it was pushed to meanwhile", async () => {
    const { proposals, number, faults } = await proposed(some(150));
    faults.add(
      ({ path }) => path.endsWith(`/pulls/${number}`),
      () => Response.json({ changed_files: 151 }),
    );
    expect(await proposals.files(number)).toMatchObject({ known: true, value: { complete: false } });
  });

  test.each([
    [2999, true],
    [3000, false],
    [3005, false],
  ])("that are %s are complete: %s", async (count, complete) => {
    const { proposals, number } = await proposed(some(count));
    expect(await proposals.files(number)).toMatchObject({ known: true, value: { complete } });
  });

  test.each([
    ["/files", 403],
    ["/files", 404],
    ["/files", "reset"],
    ["/pulls/1", 500],
  ] as const)("are unread where %s ends in %s", async (path, fault) => {
    const { proposals, number, faults } = await proposed(some(101));
    faults.add((request) => request.path.endsWith(path), fault);
    expect(await proposals.files(number)).toMatchObject({ known: false });
  });

  test("are unread of an answer that is something else", async () => {
    for (const answer of [{}, [{}], [file("a", { previous_filename: 1 })]])
      expect(await answering(Response.json(answer)).proposals.files(1)).toMatchObject({ known: false });
  });
});
