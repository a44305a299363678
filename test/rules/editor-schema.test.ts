import { readFileSync } from "node:fs";
import { Validator } from "@cfworker/json-schema";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { ruleReader } from "../../lib/rules/afk-yml.ts";
import { editorSchema } from "../../lib/rules/editor-schema.ts";

const published = readFileSync("docs/afk.schema.json", "utf8");
const page = readFileSync("docs/afk-yml.md", "utf8");

describe("the schema that editors are given", () => {
  it("is the one that reads the file (npm run schema)", () => {
    expect(JSON.parse(published)).toEqual(JSON.parse(editorSchema()));
  });

  it.each([
    ["ci: none", true],
    ["evidence: {by_label: {docs: not-applicable}}", true],
    ["deploy: {version_url: https://app.example.com/v, key: commit}", true],
    ["landng: push", false],
    ["deploy: {}", false],
    ["deploy: {environment: a, check: b}", false],
    ["limits: {fix_attempts: 1.5}", false],
    ["limits: {fix_seconds: 0}", false],
    ["tests: []", false],
  ])("says of %s what the reader says: %s", (text, valid) => {
    expect(new Validator(JSON.parse(published), "7").validate(parse(text)).valid).toBe(valid);
    expect(ruleReader.parse(text, ["https://app.example.com"]).type).toBe(valid ? "rules" : "invalid");
  });

  it("stands beside a page whose examples are files we read, and that names every key", () => {
    const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? "");
    expect(examples.length).toBeGreaterThan(1);
    for (const text of examples)
      expect(ruleReader.parse(text, ["https://app.example.com"])).toMatchObject({ type: "rules" });
    const keys = [...published.matchAll(/^\s+"([a-z_]+)": \{$/gm)].map((match) => match[1] ?? "");
    const named = keys.filter((key) => !["properties", "items", "not"].includes(key) && !key.includes("Properties"));
    expect(named.length).toBeGreaterThan(20);
    for (const key of named) expect(page).toContain(key);
  });
});
