/** Which scope a route asks of a token; `write:x` holds what `read:x` does. */
const OF_ISSUES = /^\/repos\/[^/]+\/[^/]+\/(?:issues|labels|milestones)(?:\/|$)/;

/** The scope that is missing, if one is. */
export function missingScope(method: string, path: string, held: string[]): string | undefined {
  const category = categoryOf(path);
  if (category === undefined || held.includes("all")) return undefined;
  const level = method === "GET" || method === "HEAD" ? "read" : "write";
  const enough = level === "read" ? [`read:${category}`, `write:${category}`] : [`write:${category}`];
  return enough.some((scope) => held.includes(scope)) ? undefined : `${level}:${category}`;
}

function categoryOf(path: string): string | undefined {
  if (OF_ISSUES.test(path)) return "issue";
  if (path.startsWith("/repos/")) return "repository";
  if (path === "/user" || path.startsWith("/user/") || path.startsWith("/users/")) return "user";
  if (path.startsWith("/orgs/")) return "organization";
  return path.startsWith("/admin/") ? "admin" : undefined;
}
