/** Which handler answers a method and a path; parameters in braces are one decoded segment each. */
type Entry<Handler> = { method: string; parts: string[]; handler: Handler };

export function router<Handler>(
  routes: Record<string, Handler>,
): (method: string, path: string) => { handler: Handler; params: Record<string, string> } | undefined {
  const entries = Object.entries(routes).map(([key, handler]): Entry<Handler> => {
    const [method = "", path = ""] = key.split(" ");
    return { method, parts: path.split("/"), handler };
  });
  // A literal segment wins over a parameter: `/issues/comments/{id}` comes before `/issues/{number}/…`.
  entries.sort((a, b) => braces(a.parts) - braces(b.parts));
  return (method, path) => {
    const asked = path.split("/");
    for (const { method: wanted, parts, handler } of entries) {
      const params = wanted === method ? match(parts, asked) : undefined;
      if (params !== undefined) return { handler, params };
    }
    return undefined;
  };
}

function braces(parts: string[]): number {
  return parts.filter((part) => part.startsWith("{")).length;
}

function match(parts: string[], asked: string[]): Record<string, string> | undefined {
  if (parts.length !== asked.length) return undefined;
  const params: Record<string, string> = {};
  for (const [at, part] of parts.entries()) {
    const segment = asked[at] ?? "";
    if (part.startsWith("{")) {
      const value = decoded(segment);
      if (value === undefined || value === "") return undefined;
      params[part.slice(1, -1)] = value;
    } else if (part !== segment) return undefined;
  }
  return params;
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
