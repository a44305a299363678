/**
 * Which handler answers a method and a path; parameters in braces are one decoded segment each, and a last one with a
 * star, `{path*}`, is all that is left.
 */
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
  const takesRest = parts.at(-1)?.endsWith("*}") ?? false;
  if (takesRest ? asked.length < parts.length : asked.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [at, part] of parts.entries()) {
    if (part.endsWith("*}")) {
      const rest = asked.slice(at).map(decoded);
      if (rest.includes(undefined)) return undefined;
      params[part.slice(1, -2)] = rest.join("/");
      break;
    }
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
