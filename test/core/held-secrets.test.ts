import { expect, test } from "vitest";
import { secretsIn } from "../../lib/core/held-secrets.ts";
import { redact } from "../../lib/core/text.ts";

test.each([
  ["a token", { T3_TOKEN: "abcdef1234567890zz" }],
  ["one of a file that ends its line", { T3_TOKEN: "abcdef1234567890zz\n" }],
  ["one in a header", { T3_HEADERS: '{"cf-access":" abcdef1234567890zz "}' }],
])("%s is taken out of what is told", (_what, env) => {
  expect(redact("the token is abcdef1234567890zz here", secretsIn(env))).not.toContain("abcdef");
});

test("an empty one hides nothing", () => {
  expect(secretsIn({ T3_TOKEN: "", SLACK_BOT_TOKEN: " \n" })).toEqual([]);
});
