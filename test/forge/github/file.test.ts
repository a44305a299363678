import { describe, expect, it } from "vitest";
import { known } from "../../../lib/core/types.ts";
import { fileContract } from "../../contracts/file-contract.ts";
import { answering, MemoryCache, REPO, stage } from "./stage.ts";

const RULES = "ci: none\ninstructions: déjà vu — 日本\n";

describe("a file of a branch", () => {
  fileContract({ stage, answering, noBranch: "Branch not found" });

  it("costs no quota while it is the same", async () => {
    const { tracker, people, scene } = stage({ cache: new MemoryCache() });
    await people.writeFiles({ repo: REPO, by: "ada", files: { ".afk.yml": RULES } });
    await tracker.file(".afk.yml", "main");
    const { used } = scene.github.state.rateLimit;
    expect(await tracker.file(".afk.yml", "main")).toEqual(known(RULES));
    expect(scene.github.state.rateLimit.used).toBe(used);
  });
});
