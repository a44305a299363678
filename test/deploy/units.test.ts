/** The systemd unit and the compose file: parsed, and true to the release and to the Dockerfile. */
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { one, stagesOf } from "./dockerfile.ts";

const deploy = join(import.meta.dirname, "../../deploy");
const unitText = readFileSync(join(deploy, "afk-loop.service"), "utf8");

/** `Section.Name` to its values, in order. */
function unit(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  let section = "";
  for (const line of unitText.split("\n").filter((text) => text !== "" && !text.startsWith("#"))) {
    const head = /^\[(\w+)\]$/.exec(line)?.[1];
    const [, name, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (head) section = head;
    else if (name && value !== undefined)
      found.set(`${section}.${name}`, [...(found.get(`${section}.${name}`) ?? []), value]);
    else throw new Error(`not understood: ${line}`);
  }
  return found;
}

it("the unit starts the release as a user of its own, with its state in its own folder, and again when it dies", () => {
  const of = (name: string) => unit().get(`Service.${name}`);
  expect(of("ExecStart")).toEqual(["/opt/afk-loop/bin/afk-loop start"]);
  expect(of("DynamicUser")).toEqual(["yes"]);
  expect(of("Restart")).toEqual(["always"]);
  expect(of("StateDirectory")).toEqual(["afk-loop"]);
  expect(of("Environment")).toContain("DATA_DIR=/var/lib/afk-loop");
  expect(of("Environment")).toContain("AFK_SETTINGS=/run/credentials/afk-loop.service/settings");
  expect(of("LoadCredential")?.[0]).toMatch(/^settings:\/etc\//);
  // Specifiers came one by one: one that an older systemd does not know is dropped with its whole line.
  expect(unitText.split("\n").filter((line) => !line.startsWith("#") && line.includes("%"))).toEqual([]);
  // V8 makes code as it runs: with this it would not even start.
  expect(of("MemoryDenyWriteExecute")).toBeUndefined();
  expect(unitText).not.toMatch(/AFK_KILL_SWITCH|AFK_ALLOWLIST/);
});

it("the unit is what systemd understands, where systemd is there to ask", () => {
  const folder = mkdtempSync(join(tmpdir(), "afk-unit-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "bin/afk-loop"), "#!/bin/sh\n");
  chmodSync(join(folder, "bin/afk-loop"), 0o755);
  const file = join(folder, "afk-loop.service");
  writeFileSync(file, unitText.replaceAll("/opt/afk-loop", folder));
  const asked = spawnSync("systemd-analyze", ["verify", "--man=no", file], { encoding: "utf8" });
  // Not there: the other tests of this file have parsed it.
  if (asked.error) expect(asked.error).toMatchObject({ code: "ENOENT" });
  else expect(asked.stderr.split("\n").filter((line) => line.includes("afk-loop"))).toEqual([]);
});

/** The plain part of YAML that our compose file keeps to: `a.b` to the scalars and list items below it. */
function compose(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const path: { indent: number; key: string }[] = [];
  const text = readFileSync(join(deploy, "compose.yaml"), "utf8");
  for (const line of text.split("\n").filter((one) => one.trim() !== "" && !one.trim().startsWith("#"))) {
    const indent = line.length - line.trimStart().length;
    if (line.includes("\t") || indent % 2 !== 0) throw new Error(`not understood: ${line}`);
    while ((path.at(-1)?.indent ?? -1) >= indent) path.pop();
    const [, dash = "", key, value] = /^(- )?(?:([\w-]+):(?= |$))? ?(.*)$/.exec(line.trim()) ?? [];
    const at = path.map((one) => one.key).join(".");
    const add = (where: string, scalar: string) =>
      found.set(where, [...(found.get(where) ?? []), scalar.replaceAll('"', "")]);
    if (key && !dash) {
      path.push({ indent, key });
      add([at, key].filter(Boolean).join("."), value ?? "");
    } else if (key) add(`${at}.${key}`, value ?? "");
    else add(at, value ?? "");
  }
  return found;
}

it("the compose file builds the Dockerfile, publishes to this host's loopback alone, and keeps the image's volume", () => {
  const service = (name: string) => compose().get(`services.afk-loop.${name}`);
  const [, image] = stagesOf(readFileSync(join(deploy, "Dockerfile"), "utf8"));
  if (!image) throw new Error("no image");
  expect(service("build.dockerfile")).toEqual(["deploy/Dockerfile"]);
  expect(service("ports")).toEqual(["", `127.0.0.1:8787:${one(image, "EXPOSE")}`]);
  expect(service("volumes")).toEqual(["", `state:${one(image, "VOLUME")}`]);
  expect(compose().has("volumes.state")).toBe(true);
  expect(service("restart")).toEqual(["unless-stopped"]);
  expect(service("read_only")).toEqual(["true"]);
  expect(service("cap_drop")).toEqual(["", "ALL"]);
});

it.each([".gitignore", ".dockerignore"])("%s leaves out the files that hold every token", (file) => {
  const env = compose().get("services.afk-loop.env_file.path") ?? [];
  expect(env).toEqual(["settings.env"]);
  const left = readFileSync(join(deploy, "..", file), "utf8").split("\n");
  expect(left).toEqual(expect.arrayContaining([".dev.vars", ...env.map((name) => `deploy/${name}`)]));
});

it("the launcher is a script any sh understands", () => {
  expect(() => execFileSync("sh", ["-n", join(deploy, "afk-loop")])).not.toThrow();
});
