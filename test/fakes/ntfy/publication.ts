/** What was asked to be published, out of headers or JSON, held against ntfy's limits. */
import * as z from "zod";
import type { Asked } from "../exchange.ts";

export interface Publication {
  topic: string;
  message: string;
  title: string | null;
  priority: number;
  tags: string[];
  click: string | null;
  actions: unknown[];
  sequenceId: string | null;
}

/** ntfy's code; its first three digits are the status. */
export class NtfyRefusal extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

const TITLE_BYTES_MAX = 1024;
const TAGS_BYTES_MAX = 512;
const JSON_BYTES_MAX = 8192;
const ACTIONS_MAX = 3;
const PRIORITIES = ["min", "low", "default", "high", "max"];

const Action = z.looseObject({ action: z.enum(["view", "http", "broadcast"]), label: z.string().min(1) });

const Json = z.object({
  topic: z.string(),
  message: z.string().optional(),
  title: z.string().optional(),
  priority: z.number().optional(),
  tags: z.array(z.string()).optional(),
  click: z.string().optional(),
  actions: z.array(z.unknown()).optional(),
  sequence_id: z.string().optional(),
});

export function publicationOf(asked: Asked): Publication {
  const publication = asked.path === "/" ? fromJson(asked) : fromHeaders(asked);
  if (!/^[-_A-Za-z0-9]{1,64}$/.test(publication.topic)) throw new NtfyRefusal(40009, "invalid request: topic invalid");
  const { title, tags, priority, actions } = publication;
  if (bytes(title ?? "") > TITLE_BYTES_MAX) throw new NtfyRefusal(40000, "invalid request: title too long");
  if (bytes(tags.join(",")) > TAGS_BYTES_MAX) throw new NtfyRefusal(40000, "invalid request: tags too long");
  if (!Number.isInteger(priority) || priority < 1 || priority > 5)
    throw new NtfyRefusal(40007, "invalid request: priority invalid");
  if (actions.length > ACTIONS_MAX || !actions.every((each) => Action.safeParse(each).success))
    throw new NtfyRefusal(40018, "invalid request: actions invalid");
  return publication;
}

function fromJson({ method, text, body, headers }: Asked): Publication {
  if (method !== "POST" && method !== "PUT") throw new NtfyRefusal(40401, "page not found");
  if (bytes(text) > JSON_BYTES_MAX) throw new NtfyRefusal(41303, "JSON body too large");
  const parsed = Json.safeParse(body);
  if (!parsed.success)
    throw new NtfyRefusal(
      40024,
      "invalid request: request body must be valid JSON, and all fields must be of the right type",
    );
  const { topic, message, title, priority, tags, click, actions, sequence_id } = parsed.data;
  return {
    topic,
    message: message ?? "triggered",
    title: title ?? null,
    priority: priority ?? 3,
    tags: tags ?? [],
    click: click ?? null,
    actions: actions ?? [],
    sequenceId: sequence_id ?? sequenceHeader(headers),
  };
}

function fromHeaders({ method, path, text, headers }: Asked): Publication {
  if (method !== "POST" && method !== "PUT") throw new NtfyRefusal(40401, "page not found");
  const [, topic = "", sequence, more] = path.split("/");
  if (more !== undefined) throw new NtfyRefusal(40401, "page not found");
  return {
    topic,
    message: text === "" ? "triggered" : text,
    title: header(headers, "title", "x-title", "ti", "t"),
    priority: priorityOf(header(headers, "priority", "x-priority", "prio", "p")),
    tags: (header(headers, "tags", "x-tags", "tag", "ta") ?? "").split(",").filter(Boolean),
    click: header(headers, "click", "x-click"),
    actions: actionsOf(header(headers, "actions", "x-actions", "action")),
    sequenceId: sequence ?? sequenceHeader(headers),
  };
}

function sequenceHeader(headers: Headers): string | null {
  return header(headers, "x-sequence-id", "sequence-id", "sid");
}

function header(headers: Headers, ...names: string[]): string | null {
  const value = names.map((name) => headers.get(name)).find((each) => each !== null) ?? null;
  return value === null ? null : decoded(value);
}

/** RFC 2047: how a header carries more than ASCII. */
function decoded(value: string): string {
  return value.replace(/=\?utf-8\?b\?([A-Za-z0-9+/=]*)\?=/gi, (_whole, base64: string) =>
    new TextDecoder().decode(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))),
  );
}

function priorityOf(text: string | null): number {
  if (text === null) return 3;
  const named = PRIORITIES.indexOf(text.toLowerCase());
  return named >= 0 ? named + 1 : Number(text);
}

/** JSON, or the short form `view, Open, https://…; …`. */
function actionsOf(text: string | null): unknown[] {
  if (text === null) return [];
  if (!text.trim().startsWith("["))
    return text.split(";").map((each) => {
      const [action, label, url] = each.split(",").map((part) => part.trim());
      return { action, label, url };
    });
  try {
    return z.array(z.unknown()).parse(JSON.parse(text));
  } catch {
    throw new NtfyRefusal(40018, "invalid request: actions invalid");
  }
}

function bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}
