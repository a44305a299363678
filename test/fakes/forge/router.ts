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
  /** By method and number of segments: most routes are out of the question. */
  const inQuestion = new Map<string, Entry<Handler>[]>();
  return (method, path) => {
    const asked = path.split("/");
    const kind = `${method} ${asked.length}`;
    const these =
      inQuestion.get(kind) ?? entries.filter((entry) => entry.method === method && fits(entry.parts, asked));
    inQuestion.set(kind, these);
    for (const { parts, handler } of these) {
      const params = match(parts, asked);
      if (params !== undefined) return { handler, params };
    }
    return undefined;
  };
}

function braces(parts: string[]): number {
  return parts.filter((part) => part.startsWith("{")).length;
}

function fits(parts: string[], asked: string[]): boolean {
  const takesRest = parts.at(-1)?.endsWith("*}") ?? false;
  return takesRest ? asked.length >= parts.length : asked.length === parts.length;
}

function match(parts: string[], asked: string[]): Record<string, string> | undefined {
  // Looked at first: decoding is most of the work.
  if (parts.some((part, at) => !part.startsWith("{") && part !== asked[at])) return undefined;
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
    }
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
