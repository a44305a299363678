/** What a page tells to paste is what the systems take and the code asks for. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
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

test.each([
  ["README.md", ".dev.vars", ".dev.vars.example"],
  ["deploy/README.md", "somewhere/settings", "settings.example"],
  ["docs/self-hosting.md", "etc/afk-loop/settings", "opt/afk-loop/settings.example"],
  ["docs/self-hosting.md", "deploy/settings.env", null],
])("what %s makes of %s is pasted again without harm", (path, file, example) => {
  const root = mkdtempSync(join(tmpdir(), "pasted-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const folder of ["opt/afk-loop", "somewhere", "deploy"]) mkdirSync(join(root, folder), { recursive: true });
  if (example !== null) writeFileSync(join(root, example), "# an example\n");
  const lines = page(path)
    .split("\n")
    .filter((line) => line.includes(`${file} ] ||`));
  expect(lines).toHaveLength(1);
  const line = lines
    .join()
    .replace("sudo ", "")
    .replaceAll(/ \/(?=etc|opt|somewhere)/g, ` ${root}/`);
  const paste = () => execFileSync("sh", ["-c", line], { cwd: root });
  paste();
  expect(statSync(join(root, file)).mode & 0o777).toBe(0o600);
  writeFileSync(join(root, file), "T3_TOKEN=kept\n");
  paste();
  expect(readFileSync(join(root, file), "utf8")).toBe("T3_TOKEN=kept\n");
});
