import { expect, it } from "vitest";
import { clip } from "../../lib/notify/notifier.ts";

it("leaves a text that fits as it is", () => {
  expect(clip("", 10)).toBe("");
  expect(clip("exactly 10", 10)).toBe("exactly 10");
});

it("cuts a longer text to the limit and says so", () => {
  expect(clip("eleven char", 10)).toBe("eleven c …");
  expect(clip("x".repeat(5000), 3000)).toHaveLength(3000);
});
