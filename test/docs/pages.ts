/** (node) The pages for people, as a reader's browser sees them: headings become anchors as GitHub and Forgejo make them. */
import { readdirSync, readFileSync } from "node:fs";

const FENCE = /^(```|~~~)[\s\S]*?^\1[ \t]*$/gm;

/** Every page there is, by its path in the repo. */
export function pages(): string[] {
  const below = (dir: string) =>
    readdirSync(dir, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".md"))
      .map((name) => `${dir}/${name}`);
  return ["README.md", "CONTEXT.md", ...below("docs"), ...below("deploy")].toSorted();
}

/** A page without its code blocks. */
export function prose(path: string): string {
  return readFileSync(path, "utf8").replace(FENCE, "");
}

export function anchors(path: string): string[] {
  const seen = new Map<string, number>();
  return [...prose(path).matchAll(/^#{1,6} +(.+?) *$/gm)].map(([, heading = ""]) => {
    const slug = slugOf(heading);
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times === 0 ? slug : `${slug}-${times}`;
  });
}

/** Letters, digits, hyphens and underscores stay; a space is a hyphen; what else there is goes. */
function slugOf(heading: string): string {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(" ", "-");
}

/** The rows of all tables of a page whose head begins so, each cell trimmed; an escaped bar is no border. */
export function rows(path: string, head: string): string[][] {
  const tables = prose(path).matchAll(/^\|.*\n\|[-| :]+\|\n(?:\|.*(?:\n|$))*/gm);
  return [...tables].flatMap(([table]) => {
    const [first = "", , ...body] = table.trimEnd().split("\n");
    return first.startsWith(`| ${head} |`) ? body.map(cellsOf) : [];
  });
}

function cellsOf(row: string): string[] {
  return row
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** What stands in backticks. */
export function codesIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
}
