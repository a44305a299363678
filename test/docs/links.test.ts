/** Each link of a page, and each page that code or a configuration points to, leads to a file and a heading that are there. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";
import { anchors, pages, prose } from "./pages.ts";

const LINK = /\[(?:[^[\]]|\[[^\]]*\])*\]\(([^)\s]+)\)/g;
const POINTER = /\b(?:README\.md|CONTEXT\.md|docs\/[\w./-]*\w)(?:#[\w-]+)?/g;
const SOURCES = ["lib", "functions", "scripts", "deploy", ".ci"];
const FILES = ["wrangler.toml", ".dev.vars.example", ".gitignore"];

/** Why it leads nowhere; null: it leads somewhere. */
function broken(from: string, target: string): string | null {
  const [path = "", anchor] = target.split("#");
  const file = path === "" ? from : normalize(join(dirname(from), decodeURI(path)));
  if (!existsSync(file)) return `${target}: there is no ${file}`;
  if (anchor === undefined || anchors(file).includes(anchor)) return null;
  return `${target}: ${file} has no heading for it, but ${anchors(file).join(", ")}`;
}

function linksOf(page: string): string[] {
  return [...prose(page).matchAll(LINK)].map(([, target = ""]) => target);
}

describe("links", () => {
  test.each(pages())("of %s lead somewhere", (page) => {
    const own = linksOf(page).filter((target) => !/^[a-z]+:/.test(target));
    expect(own.map((target) => broken(page, target)).filter((why) => why !== null)).toEqual([]);
  });

  test("are found, and a broken one is told", () => {
    expect(pages().flatMap(linksOf).length).toBeGreaterThan(100);
    expect(broken("README.md", "docs/gone.md")).toContain("there is no docs/gone.md");
    expect(broken("README.md", "docs/gates.md#gone")).toContain("has no heading");
    expect(broken("docs/gates.md", "../README.md#arm-it")).toBeNull();
  });

  test("lead to every page, starting at the README", () => {
    const found = new Set(["README.md"]);
    for (const page of found) {
      for (const target of linksOf(page)) {
        const path = normalize(join(dirname(page), target.split("#")[0] ?? ""));
        if (path.endsWith(".md") && existsSync(path)) found.add(path);
      }
    }
    const lone = pages().filter((page) => !found.has(page) && !page.startsWith("docs/adr/"));
    // A release carries it as its own README.
    expect(lone).toEqual(["deploy/README.md"]);
  });
});

describe("what code, scripts and configuration say of pages", () => {
  const sources = [
    ...FILES,
    ...SOURCES.flatMap((dir) =>
      readdirSync(dir, { recursive: true, encoding: "utf8" })
        .map((name) => join(dir, name))
        .filter((path) => statSync(path).isFile()),
    ),
  ];

  test("leads to a page and a heading that are there", () => {
    const pointers = sources.flatMap((source) =>
      [...readFileSync(source, "utf8").matchAll(POINTER)].map(([pointer]) => ({ source, pointer })),
    );
    expect(pointers.length).toBeGreaterThan(10);
    const lost = pointers.map(({ source, pointer }) => ({ source, why: broken("README.md", pointer) }));
    expect(lost.filter(({ why }) => why !== null)).toEqual([]);
  });

  test("names the page, and not just a README", () => {
    const vague = sources.filter((source) => /\(README[^.]|see the README\b/.test(readFileSync(source, "utf8")));
    expect(vague).toEqual([]);
  });
});
