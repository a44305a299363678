/** The image without Docker: its content is laid out as the Dockerfile says it, and started by its own words. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { all, copyOf, one, stagesOf } from "./dockerfile.ts";
import { startCommand } from "./release.ts";

const root = join(import.meta.dirname, "../..");
const stages = stagesOf(readFileSync(join(root, "deploy/Dockerfile"), "utf8"));
const [build, image] = stages;
if (!build || !image || stages.length !== 2) throw new Error("not two stages");
const work = mkdtempSync(join(tmpdir(), "afk-image-"));
/** Where the build stage's own paths lie here, and the image's root. */
const built = join(work, "build");
const rootfs = join(work, "rootfs");
const words = (rest: string) => z.array(z.string()).parse(JSON.parse(rest));
/** A path of the image, here. */
const inImage = (path: string) => (path.startsWith("/") ? join(rootfs, path) : path);
const env = Object.fromEntries(
  one(image, "ENV")
    .split(" ")
    .map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
);

/** What `docker run` would do, with other ports than may be taken on this machine. */
function asRun(ports: Record<string, string>): Record<string, string> {
  return { ...env, DATA_DIR: inImage(env.DATA_DIR ?? ""), ...ports };
}

beforeAll(() => {
  mkdirSync(join(built, "state"), { recursive: true });
  // Its certificates are the base image's; this machine's are as good.
  mkdirSync(join(built, "etc/ssl/certs"), { recursive: true });
  const certificates = "/etc/ssl/certs/ca-certificates.crt";
  if (existsSync(certificates)) cpSync(certificates, join(built, certificates));
  const pack = all(build, "RUN").filter((line) => line.startsWith("npm run -s pack"));
  expect(pack).toHaveLength(1);
  const [folder = ""] = /(?<=--folder )\S+$/.exec(pack[0] ?? "") ?? [];
  execFileSync("sh", ["-c", (pack[0] ?? "").replace(folder, join(built, folder))], { cwd: root });
  for (const copy of all(image, "COPY").map(copyOf)) {
    expect(copy.from).toBe(build.name);
    mkdirSync(dirname(inImage(copy.target)), { recursive: true });
    cpSync(join(built, copy.source), inImage(copy.target), { recursive: true });
  }
}, 120_000);

afterAll(() => rmSync(work, { recursive: true, force: true }));

describe("the image", () => {
  it("starts by its own words, listens beyond loopback, answers its health check, and ends when told to", async () => {
    const command = [...words(one(image, "ENTRYPOINT")), ...words(one(image, "CMD"))].map(inImage);
    const loop = await startCommand(
      command,
      inImage(one(image, "WORKDIR")),
      asRun({ PORT: "0", AFK_CONTROL_PORT: "0" }),
    );
    expect(loop.lines.find((line) => line.startsWith("afk: listening"))).toMatch(/ on http:\/\/0\.0\.0\.0:\d+$/);
    // Which arms nothing, and opens no other port.
    expect(loop.lines.at(-1)).toMatch(/^afk: disabled/);
    expect(loop.lines.find((line) => line.startsWith("afk: control"))).toMatch(/ on http:\/\/127\.0\.0\.1:\d+$/);
    const [, check = ""] = /CMD (\[.+\])$/.exec(one(image, "HEALTHCHECK")) ?? [];
    const [file = "", ...args] = words(check).map(inImage);
    const asked = spawnSync(file, args, {
      env: { PATH: "/usr/bin:/bin", ...asRun({ PORT: new URL(loop.url).port }) },
      cwd: rootfs,
    });
    expect(asked.status).toBe(0);
    expect(existsSync(join(inImage(one(image, "VOLUME")), "state"))).toBe(true);
    expect(await loop.stop()).toBe(0);
  });

  it("is of glibc, runs as nobody in particular, and keeps its state in its one volume", () => {
    expect(image.from).toMatch(/^debian:(bookworm|trixie)-slim$/);
    expect(one(image, "USER")).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(env.DATA_DIR).toBe(one(image, "VOLUME"));
    const state = all(image, "COPY")
      .map(copyOf)
      .find(({ target }) => target === env.DATA_DIR);
    expect(state).toMatchObject({ owner: one(image, "USER"), mode: "0700" });
    expect(one(image, "EXPOSE")).toBe(env.PORT);
  });

  it("holds no build tool, no sources and no setting of ours", () => {
    expect(all(image, "RUN")).toEqual([]);
    const found = execFileSync("find", [rootfs, "-name", "npm", "-o", "-name", "*.ts", "-o", "-name", ".dev.vars"]);
    expect(found.toString()).toBe("");
    expect(JSON.stringify(image.lines)).not.toMatch(/KILL_SWITCH|ALLOWLIST|TOKEN|SECRET/);
    const ignored = readFileSync(join(root, ".dockerignore"), "utf8").split("\n");
    for (const path of [".dev.vars", "data", "node_modules", ".git"]) expect(ignored).toContain(path);
    expect(statSync(join(rootfs, "opt/afk-loop/bin/afk-loop")).mode & 0o111).toBe(0o111);
  });
});
