/** A settings file is written to without losing a letter of what a person put there. */
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { cannotWrite, withVars, writeDevVars } from "../../scripts/doctor/dev-vars-file.ts";
import { parseDevVars } from "../../scripts/start/dev-vars.ts";

const KEY = '-----BEGIN PRIVATE KEY-----\nab\\n"c"\t=\n-----END PRIVATE KEY-----\n';

test.each([
  ["a new one, at the end", "A=1\n", { B: "2" }, "A=1\nB=2\n"],
  ["a new one, in a new file", "", { B: "2" }, "B=2\n"],
  ["a new one, after a line without an end", "A=1", { B: "2" }, "A=1\nB=2\n"],
  ["one in its place", "# why\nA=1\n\nB=2 # old\nC=3\n", { B: "4" }, "# why\nA=1\n\nB=4\nC=3\n"],
  ["one that is empty", "A=\nB=2\n", { A: "x" }, "A=x\nB=2\n"],
  ["one that is only a comment", "# A=1\n", { A: "x" }, "# A=1\nA=x\n"],
  ["one over several lines", 'A="1\n2\n3"\nB=2\n', { A: "x" }, "A=x\nB=2\n"],
  ["the last one, over several lines", 'B=2\nA="1\n2"', { A: "x" }, "B=2\nA=x"],
  ["one of a file with the line ends of Windows", 'A="1"\r\nB=2\r\n', { A: "x" }, "A=x\r\nB=2\r\n"],
  ["one over several of its lines", 'A="1\r\n2"\r\nB=2\r\nC=3', { A: "x", C: "y" }, "A=x\r\nB=2\r\nC=y"],
  ["one that is exported", "export A=1\n", { A: "x" }, "A=x\n"],
  ["two", "A=1\n", { A: "x", B: "y" }, "A=x\nB=y\n"],
  ["one with a space", "", { A: "a b" }, 'A="a b"\n'],
  ["one that would be a comment", "", { A: "a #b" }, 'A="a #b"\n'],
])("%s", (_what, text, values, after) => {
  expect(withVars(text, values)).toBe(after);
});

test("whatever it holds, it is read back as it was", () => {
  const values = { A: KEY, B: "it's `so`", C: "", D: "https://x.example/y?z=1#k" };
  const read = parseDevVars(withVars('X="keep\nthis"\nA=old\n', values), ".dev.vars");
  expect(Object.fromEntries(read.map(({ name, value }) => [name, value]))).toEqual({ X: "keep\nthis", ...values });
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "afk-vars-"));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

test("whether it could be written is told before anything hangs on it, and leaves nothing behind", () => {
  const path = join(folder(), "settings");
  expect(cannotWrite(path, ["A"])).toBeNull();
  expect(existsSync(path)).toBe(false);
  writeFileSync(path, 'A="never ended\nB=1\n');
  expect(cannotWrite(path, ["A"])).toContain("a quote that is not closed");
  expect(cannotWrite(join(path, "below"), ["A"])).toMatch(/ENOTDIR|EEXIST/);
  const nowhere = join(path, "..", "no-folder");
  expect(cannotWrite(join(nowhere, "settings"), ["A"])).toBe(
    `${nowhere}/settings cannot be written (ENOENT): setup needs the right to write in its folder, ${nowhere}`,
  );
  expect(readdirSync(join(path, ".."))).toEqual(["settings"]);
});

test("written by root it is its owner's still, a new one the folder's", () => {
  const made = folder();
  const path = join(made, "settings");
  writeFileSync(path, "A=1\n");
  chmodSync(path, 0o600);
  // Whoever is not root cannot give a file away, and writes as himself.
  const owner = process.getuid?.() === 0 ? 4711 : statSync(path).uid;
  for (const one of [path, made]) chownSync(one, owner, statSync(one).gid);
  writeDevVars(path, { A: "2" });
  writeDevVars(join(made, "new"), { A: "2" });
  expect([statSync(path).uid, statSync(join(made, "new")).uid]).toEqual([owner, owner]);
});
