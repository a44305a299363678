/**
 * A notice in Slack's markup. Whatever a stranger wrote stays text: `&`, `<` and `>` are escaped, so that neither a
 * mention (`<!channel>`, `<@U…>`) nor a link can be formed, and a bare `@here` is broken by a character of no width.
 * Links come from the notice's own links alone, and only to http or https.
 */
import type { Notice } from "./notifier.ts";

export interface SlackMessage {
  /** The notification's text; sent with the blocks each time, for an update without blocks would remove them. */
  text: string;
  blocks: SlackBlock[];
}

export interface SlackBlock {
  type: "section" | "context";
  text?: MarkupText;
  elements?: MarkupText[];
}

/** `verbatim`: Slack makes no links and mentions of its own out of plain words. */
interface MarkupText {
  type: "mrkdwn";
  text: string;
  verbatim: true;
}

const TITLE_CHARS_MAX = 300;
/** Slack's limit on one block's text. */
const BLOCK_CHARS_MAX = 3000;
const NO_WIDTH = "\u200b";

export function slackMessage(notice: Notice): SlackMessage {
  const title = slackText(oneLine(notice.title) || "AFK loop", TITLE_CHARS_MAX);
  const lines = slackText(notice.lines.join("\n").trim(), BLOCK_CHARS_MAX);
  const links = slackLinks(notice.links, BLOCK_CHARS_MAX);
  const blocks: SlackBlock[] = [{ type: "section", text: markup(`*${title}*`) }];
  if (lines !== "") blocks.push({ type: "section", text: markup(lines) });
  if (links !== "") blocks.push({ type: "context", elements: [markup(links)] });
  return { text: lines === "" ? title : `${title}\n${lines}`, blocks };
}

/** Escaped, defused and at most `limit` characters as sent; never cut inside an escape. */
export function slackText(text: string, limit: number): string {
  const end = " …";
  let out = "";
  let fitting = "";
  for (const character of text.replace(/@(?=\w)/g, `@${NO_WIDTH}`)) {
    out += escapeOne(character);
    if (out.length > limit) return `${fitting}${end}`;
    if (out.length <= limit - end.length) fitting = out;
  }
  return out;
}

function slackLinks(links: Notice["links"], limit: number): string {
  const parts: string[] = [];
  for (const { label, url } of links) {
    const target = slackUrl(url);
    if (target === null) continue;
    const part = `<${target}|${slackText(oneLine(label) || "link", TITLE_CHARS_MAX)}>`;
    if ([...parts, part].join(" · ").length > limit) break;
    parts.push(part);
  }
  return parts.join(" · ");
}

/** Null for anything but http and https. The parser has encoded `<` and `>` by then, save in a fragment's `|`. */
function slackUrl(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") return null;
  return url.href.replaceAll("|", "%7C").replaceAll("<", "%3C").replaceAll(">", "%3E").replaceAll("&", "&amp;");
}

function escapeOne(character: string): string {
  switch (character) {
    case "&":
      return "&amp;";
    case "<":
      return "&lt;";
    case ">":
      return "&gt;";
    default:
      return character;
  }
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

function markup(text: string): MarkupText {
  return { type: "mrkdwn", text, verbatim: true };
}
