/** Which comments a forge's parser of webhooks names as commands, asked of each (test/forge/<forge>/webhook.test.ts). */
import { expect, test } from "vitest";
import type { Signal } from "../../lib/core/types.ts";

/** `issue_comment` is what every forge calls the event. */
type Parse = (event: string, payload: unknown) => Signal | { type: "ignored" };

export function commandContract(parse: Parse, repository: object): void {
  const commandOf = (action: string, body: unknown, more: object) => {
    const payload = { action, issue: { number: 3, ...more }, comment: { id: 9, body }, repository };
    const told = parse("issue_comment", payload);
    return "command" in told ? told.command : null;
  };
  test.each<[string, unknown, object, string | null]>([
    ["created", "/afk pause", {}, "9"],
    ["created", "/AFK why\nplease", {}, "9"],
    ["edited", "/afk pause", {}, null],
    ["deleted", "/afk pause", {}, null],
    ["created", "Please /afk pause", {}, null],
    ["created", "> /afk pause", {}, null],
    ["created", null, {}, null],
    ["created", "/afk pause", { pull_request: {} }, null],
  ])("%s %j %j", (action, body, more, command) => {
    expect(commandOf(action, body, more)).toBe(command);
  });
}
