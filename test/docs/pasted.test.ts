/** What a page tells to paste is what the systems take and the code asks for. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as z from "zod";
import { EVENTS } from "../../lib/doctor/hook-events.ts";
import { kit } from "../fakes/t3/contract-kit.ts";
import { codesIn, rows } from "./pages.ts";

function page(path: string): string {
  return readFileSync(path, "utf8");
}

test("the README's exchange gives a T3 token with the two scopes, for 30 days", async () => {
  const { t3 } = kit();
  t3.addPairing("once");
  const fields = [...page("README.md").matchAll(/--data-urlencode ['"]([a-z_]+)=([^'"]+)['"]/g)];
  const form = new URLSearchParams(
    fields.map(([, name = "", value = ""]) => [name, value.replace("$CREDENTIAL", "once")]),
  );
  const answer = await t3.handle(new Request("http://t3.test/oauth/token", { method: "POST", body: form }));
  expect(await answer.json()).toMatchObject({
    scope: "orchestration:read orchestration:operate",
    expires_in: 30 * 86_400,
  });
});

test("the webhook that docs/forgejo.md makes is told of what setup's would be", () => {
  const body = /-d '(\{\s+"type": "forgejo"[\s\S]*?\})'\n/.exec(page("docs/forgejo.md"))?.[1] ?? "";
  const hook = z
    .object({ type: z.literal("forgejo"), active: z.literal(true), events: z.array(z.string()) })
    .parse(JSON.parse(body.replace(`'"$SECRET"'`, "secret")));
  expect(hook.events.toSorted()).toEqual([...EVENTS.forgejo.asked].toSorted());
});

test("so is that of docs/github.md, on its page and by its command", () => {
  const text = page("docs/github.md");
  const asked = [...EVENTS.github.asked].toSorted();
  expect([...text.matchAll(/'events\[\]=(\w+)'/g)].map(([, event]) => event).toSorted()).toEqual(asked);
  const [, list = ""] = /and these events: (.*?)\. \(/.exec(text) ?? [];
  expect(codesIn(list).toSorted()).toEqual(asked);
});

test("the README asks for the Forgejo scopes that docs/forgejo.md explains", () => {
  const explained = rows("docs/forgejo.md", "scope").map(([scope = ""]) => codesIn(scope)[0]);
  const [, forgejo = ""] = rows("README.md", "what").find(([what]) => what?.startsWith("the token")) ?? [];
  const asked = codesIn(forgejo);
  expect(asked).toEqual(["write:issue", "read:repository", "read:user"]);
  expect(explained).toEqual(expect.arrayContaining(asked));
});
