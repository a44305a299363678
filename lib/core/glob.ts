/**
 * Whether a text fits a pattern of `*`, `?`, `[a-z]`, `[!a-z]`, `{one,other}` and `\`. Pure.
 *
 *   of a name ... `*` stands for slashes too, as a forge's rules have it
 *   of a path ... `*` and `?` stop at a slash, `**` does not, as a repo's own tools have it; dots are no exception
 */

const PATTERN_CHARS_MAX = 255;

export function fitsGlob(pattern: string, name: string): boolean {
  if (pattern === name) return true;
  if (pattern.length > PATTERN_CHARS_MAX) return false;
  const source = sourceOf(pattern);
  try {
    return source !== null && new RegExp(`^${source}$`, "s").test(name);
  } catch {
    return false;
  }
}

/** What a path must be like; null: no pattern. */
export function pathGlob(pattern: string): RegExp | null {
  const source = pattern.length > PATTERN_CHARS_MAX ? null : sourceOf(pattern, "path");
  try {
    return source === null ? null : new RegExp(`^${source}$`, "s");
  } catch {
    return null;
  }
}

/** As a regular expression's source; null: no pattern. */
function sourceOf(pattern: string, of: "name" | "path" = "name"): string | null {
  const one = of === "path" ? "[^/]" : ".";
  let source = "";
  let open = 0;
  for (let at = 0; at < pattern.length; at++) {
    const mark = pattern[at] ?? "";
    if (mark === "\\") source += literal(pattern[++at] ?? "\\");
    else if (of === "path" && pattern.slice(at) === "/**") {
      // What is in the folder, and what stands in its place: a link, a submodule.
      source += "(?:/.*)?";
      break;
    } else if (of === "path" && pattern.startsWith("**", at)) {
      // "**/" is any number of folders, none as well.
      const folders = pattern[at + 2] === "/" && /^$|[/{,]$/.test(pattern.slice(0, at));
      source += folders ? "(?:.*/)?" : ".*";
      at += folders ? 2 : 1;
    } else if (mark === "*") source += source.endsWith(`${one}*`) ? "" : `${one}*`;
    else if (mark === "?") source += one;
    else if (mark === "[") {
      const set = /^\[(!?)([^\]]+)\]/.exec(pattern.slice(at));
      if (!set) return null;
      source += `[${set[1] ? "^" : ""}${(set[2] ?? "").replace(/[\\^[]/g, "\\$&")}]`;
      at += set[0].length - 1;
    } else if (mark === "{" || mark === "}") {
      open += mark === "{" ? 1 : -1;
      if (open < 0) return null;
      source += mark === "{" ? "(?:" : ")";
    } else if (mark === "," && open > 0) source += "|";
    else source += literal(mark);
  }
  return open === 0 ? source : null;
}

function literal(mark: string): string {
  return mark.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
