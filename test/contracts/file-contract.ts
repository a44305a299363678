/** What every forge's adapter reads of a file of a branch, told once and asked of each (test/forge/<forge>/file.test.ts). */
import { expect, it } from "vitest";
import { known } from "../../lib/core/types.ts";
import type { Code } from "../../lib/forge/tracker.ts";
import type { Faults } from "../fakes/forge/faults.ts";
import type { ForgePeople } from "../fakes/forge/stand-in.ts";

/** An adapter, before a stand-in of its forge or before one answer to all it asks. */
export interface FileBench {
  stage(): { tracker: Adapter; people: ForgePeople; faults: Faults; scene: { heard(): string[] } };
  answering(answer: Response): { tracker: Adapter };
  /** How the forge says that there is no such branch. */
  noBranch: string;
}

type Adapter = Pick<Code, "file">;

const REPO = "octo/widgets";
const RULES = "ci: none\ninstructions: déjà vu — 日本\n";
const why = (text: string) => ({ known: false, why: expect.stringContaining(text) });

export function fileContract({ stage, answering, noBranch }: FileBench): void {
  it("is read as it stands on the trunk, and as it is changed there", async () => {
    const { tracker, people, scene } = stage();
    expect(await tracker.file(".afk.yml", "main")).toEqual(known(null));
    await people.writeFiles({ repo: REPO, by: "ada", files: { ".afk.yml": RULES } });
    expect(scene.heard()).toEqual(["push"]);
    expect(await tracker.file(".afk.yml", "main")).toEqual(known(RULES));
    await people.writeFiles({ repo: REPO, by: "ada", files: { ".afk.yml": null } });
    expect(await tracker.file(".afk.yml", "main")).toEqual(known(null));
  });

  it("is no answer where the branch or the repo cannot be seen", async () => {
    const { tracker, people, faults } = stage();
    expect(await tracker.file(".afk.yml", "nowhere")).toMatchObject(why(noBranch));
    await people.writeFiles({ repo: REPO, by: "ada", files: { ".afk.yml": RULES } });
    faults.add(({ path }) => path.includes("contents"), 500);
    expect((await tracker.file(".afk.yml", "main")).known).toBe(false);
  });

  it("is unread where it is a directory, or too long", async () => {
    const { tracker, people } = stage();
    await people.writeFiles({
      repo: REPO,
      by: "ada",
      files: { ".afk.yml/x": "1", long: "x".repeat(65_537), just: "é".repeat(32_768) },
    });
    expect(await tracker.file(".afk.yml", "main")).toMatchObject(why(".afk.yml is no file, but a dir"));
    expect(await tracker.file("long", "main")).toMatchObject(why("long is larger than 64 KiB"));
    expect(await tracker.file("just", "main")).toEqual(known("é".repeat(32_768)));
    expect(await tracker.file(".afk.yml/x", "main")).toEqual(known("1"));
  });

  it.each([
    ["a link out of the repo", { type: "symlink", size: 3, target: "/etc" }, "is no file, but a symlink"],
    ["a submodule", { type: "submodule", size: 0, submodule_git_url: "x" }, "is no file, but a submodule"],
    ["bytes that are no text", { type: "file", size: 2, encoding: "base64", content: "//4=" }, "is no text in UTF-8"],
    ["no base64", { type: "file", size: 2, encoding: "base64", content: "é" }, "is no text in UTF-8"],
    ["no content", { type: "file", size: 2, encoding: "none", content: "" }, "came without its content"],
    [
      "a lie about its size",
      { type: "file", size: 2, encoding: "base64", content: btoa("x".repeat(65_537)) },
      "is no text",
    ],
    ["something else", { kind: "file" }, "not understood"],
  ])("is unread where it is %s", async (_what, body, text) => {
    const { tracker } = answering(Response.json(body));
    expect(await tracker.file(".afk.yml", "main")).toMatchObject(why(text));
  });
}
