/** A call's arguments, which come as JSON or as a form whose objects are JSON texts; and Slack's limits on blocks. */
import * as z from "zod";
import type { SlackMetadata } from "./message.ts";

export type Fields = Record<string, unknown>;

const Blocks = z.array(z.looseObject({ type: z.string() })).max(50);
const Plain = (max: number) => z.looseObject({ type: z.literal("plain_text"), text: z.string().min(1).max(max) });
const Text = (max: number) =>
  z.looseObject({ type: z.enum(["plain_text", "mrkdwn"]), text: z.string().min(1).max(max) });

const KNOWN: Record<string, z.ZodType> = {
  header: z.looseObject({ text: Plain(150) }),
  section: z.union([
    z.looseObject({ text: Text(3000) }),
    z.looseObject({ fields: z.array(Text(2000)).min(1).max(10) }),
  ]),
  context: z.looseObject({
    elements: z
      .array(z.looseObject({ type: z.string() }))
      .min(1)
      .max(10),
  }),
  actions: z.looseObject({
    elements: z
      .array(z.looseObject({ type: z.string() }))
      .min(1)
      .max(25),
  }),
  divider: z.looseObject({}),
  rich_text: z.looseObject({ elements: z.array(z.looseObject({ type: z.string() })) }),
};

const Metadata = z.object({ event_type: z.string().min(1), event_payload: z.record(z.string(), z.unknown()) });

export function fieldsOf(body: unknown): Fields {
  return typeof body === "object" && body !== null && !Array.isArray(body) ? { ...body } : {};
}

export function textOf(value: unknown): string | null {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return typeof value === "string" && value !== "" ? value : null;
}

/** Null: none given. */
export function blocksOf(value: unknown): unknown[] | null | "invalid" {
  if (value === undefined || value === null || value === "") return null;
  const parsed = Blocks.safeParse(unpacked(value));
  if (!parsed.success) return "invalid";
  const areFine = parsed.data.every((block) => KNOWN[block.type]?.safeParse(block).success ?? false);
  if (!areFine) return "invalid";
  return parsed.data.length === 0 ? null : parsed.data;
}

export function metadataOf(value: unknown): SlackMetadata | null | "invalid" {
  if (value === undefined || value === null || value === "") return null;
  const parsed = Metadata.safeParse(unpacked(value));
  return parsed.success ? parsed.data : "invalid";
}

function unpacked(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
