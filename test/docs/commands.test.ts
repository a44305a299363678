/** Commands that pages tell to type are there, and each that is there is told. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { pages } from "./pages.ts";

const scripts = Object.keys(packageJson.scripts);

test("each of npm's commands stands in docs/development.md", () => {
  const page = readFileSync("docs/development.md", "utf8");
  const told = (name: string) => new RegExp(`npm (run )?${name}\\b`).test(page);
  expect(scripts.filter((name) => !told(name))).toEqual([]);
});

test("each flag that a command's usage names stands in docs/development.md, in its rows", () => {
  const [, page = ""] = readFileSync("docs/development.md", "utf8").split("### Flags");
  const rowsOf = new Map<string, string>();
  let of = "";
  for (const [, command = "", flag = ""] of page.matchAll(/^\| (?:`([a-z]+)` )?\| `([^`]+)`/gm)) {
    of = command || of;
    rowsOf.set(of, `${rowsOf.get(of) ?? ""} ${flag}`);
  }
  const lost = ["simulate", "mutants", "crash", "golden", "pack", "backup", "restore", "doctor", "setup"].flatMap(
    (name) => {
      const asked = spawnSync(process.execPath, [`scripts/${name}.ts`, "--help"], { encoding: "utf8" });
      const flags = [...new Set(asked.stdout.match(/--[a-z][a-z-]*/g))];
      return flags.filter((flag) => !rowsOf.get(name)?.includes(flag)).map((flag) => `${name} ${flag}`);
    },
  );
  expect(rowsOf.size).toBe(9);
  expect(lost).toEqual([]);
});

test("no page tells to run what is not there", () => {
  const lost = pages().flatMap((page) =>
    [...readFileSync(page, "utf8").matchAll(/npm run (?:-s )?([a-z][\w-]*)/g)]
      .map(([, name = ""]) => name)
      .filter((name) => !scripts.includes(name))
      .map((name) => `${page}: npm run ${name}`),
  );
  expect(lost).toEqual([]);
});

test("what a page tells to paste names the release's command by its whole path, for nothing is on a server's PATH", () => {
  const bare = pages().flatMap((page) =>
    [...readFileSync(page, "utf8").matchAll(/```sh\n([\s\S]*?)```/g)]
      .flatMap(([, block = ""]) => block.split("\n"))
      .filter((line) => /(^|&& |sudo )afk-loop /.test(line.trim()))
      .map((line) => `${page}: ${line}`),
  );
  expect(bare).toEqual([]);
});

test("the README begins what a newcomer types with the two commands that need nothing", () => {
  const blocks = [...readFileSync("README.md", "utf8").matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text]) => text);
  expect(blocks.slice(0, 2)).toEqual(["npm install && npm run rehearse\n", "npm install && npm test\n"]);
});
