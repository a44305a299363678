import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Command, isDone, isFresh, parseCommand, type Said, saidLine } from "../../lib/core/commands.ts";
import { T0 } from "./kit.ts";

describe("a command is the first line, alone", () => {
  test.each<[string, Command]>([
    ["/afk pause", "pause"],
    ["/afk resume", "resume"],
    ["/afk stop", "stop"],
    ["/afk release", "release"],
    ["/afk retry", "retry"],
    ["/afk why", "why"],
    ["/AFK Pause", "pause"],
    ["/afk\t pause \t", "pause"],
    ["/afk pause\n", "pause"],
    ["/afk pause\r\nThe release is being cut.\r\n/afk resume", "pause"],
  ])("%j", (body, command) => {
    expect(parseCommand(body)).toBe(command);
  });

  test.each([
    "",
    "/afk",
    "/afk ",
    "/afkpause",
    "/afk pauses",
    "/afk pause now",
    "/afk pause resume",
    "/afk -pause",
    "afk pause",
    "//afk pause",
    " /afk pause",
    "    /afk pause",
    "\t/afk pause",
    "\n/afk pause",
    "Please\n/afk pause",
    "> /afk pause",
    "- /afk pause",
    "`/afk pause`",
    "```\n/afk pause\n```",
    "~~~\n/afk pause\n~~~",
    "<!-- x -->/afk pause",
    "<!--\n/afk pause\n-->",
    "**/afk pause**",
    "/afk pause\u0000",
    "/afk\u00a0pause",
    "/afk\u200bpause",
    "/afk pau\u200bse",
    "/af\u212a pause",
    "/afk pau\u017fe",
    "\ufeff/afk pause",
    "/afk pause\u2028",
    "/afk __proto__",
    "/afk constructor",
    "@afk /afk pause",
  ])("not %j", (body) => {
    expect(parseCommand(body)).toBeNull();
  });

  test("what stands after the first line changes nothing", () => {
    fc.assert(
      fc.property(fc.string(), (rest) => {
        expect(parseCommand(`/afk stop\n${rest}`)).toBe("stop");
        expect(parseCommand(`> /afk stop\n${rest}`)).toBeNull();
      }),
    );
  });
});

describe("the answer", () => {
  const all = { at: T0, by: null, via: "api" } as const;
  test.each<[Said, string, boolean]>([
    [
      { command: "pause", by: "ada" },
      "Paused by ada: nothing starts in this repo until a comment says `/afk resume`.",
      true,
    ],
    [{ command: "resume", by: "ada", all: null }, "Resumed by ada.", true],
    [
      { command: "pause", by: "ada", late: true },
      "Not paused, ada: a comment written after that said `/afk resume`.",
      false,
    ],
    [
      { command: "resume", by: "ada", all: null, late: true },
      "Not resumed, ada: a comment written after that said `/afk pause`.",
      false,
    ],
    [
      { command: "resume", by: "ada", all },
      `Resumed by ada, but all repos are paused by an operator since ${new Date(T0).toISOString()}.`,
      true,
    ],
    [{ command: "stop", by: "ada", run: true }, "Stopped by ada.", true],
    [{ command: "stop", by: "ada", run: false }, "Nothing to stop, ada: no run is in flight here.", false],
    [
      { command: "stop", by: "ada", run: false, newer: true },
      "Nothing to stop, ada: the run in flight here was ordered after that.",
      false,
    ],
    [{ command: "release", by: "ada", run: true }, "Released by ada: the run here waits for no agent any more.", true],
    [
      { command: "release", by: "ada", run: false, agent: true },
      "Not released, ada: the agent of the run here can be asked. `/afk stop` ends it.",
      false,
    ],
    [{ command: "release", by: "ada", run: false }, "Nothing to release, ada: no run is in flight here.", false],
    [
      { command: "release", by: "ada", run: false, newer: true },
      "Nothing to release, ada: the run in flight here was ordered after that.",
      false,
    ],
    [
      { command: "retry", by: "ada", label: "go" },
      "To retry, ada, label it `go` again: only a labelling by a person orders a run.",
      false,
    ],
    [{ command: "retry", by: "ada", label: "go", answer: "ordered" }, "Retrying, as ada ordered.", true],
    [
      { command: "retry", by: "ada", label: "go", answer: "undone" },
      "Not retried after all, ada: see that `go` is on, and put it on where it is not.",
      false,
    ],
    [
      { command: "retry", by: "ada", label: "go", answer: "running" },
      "Nothing to retry, ada: a run is in flight here.",
      false,
    ],
    [
      { command: "retry", by: "ada", label: "go", answer: "closed" },
      "Not retried, ada: the issue is closed. Reopen it first.",
      false,
    ],
    [
      { command: "retry", by: "ada", label: "go", answer: "edited" },
      "Not retried, ada: the text changed since. Read it as it is now and say it again.",
      false,
    ],
    [
      { command: "retry", by: "ada", label: "go", answer: "unproven" },
      "To retry, ada, label it `go` again: nothing shows which text you had before you.",
      false,
    ],
    [
      { command: "retry", by: "ada", label: "go", answer: "nameless" },
      "To retry, ada, label it `go` again: the forge does not tell the loop which account it has.",
      false,
    ],
    [{ command: "why", by: "ada", detail: "blocked: by #3." }, "Why, asked by ada: blocked: by #\u200b3.", true],
  ])("%j", (said, line, done) => {
    expect(saidLine(said)).toBe(line);
    expect(isDone(said)).toBe(done);
  });
});

describe("a comment is fresh", () => {
  const MINUTE = 60_000;
  test.each([
    ["told at once", 0, 0, true],
    ["told ten minutes late", 10, 0, true],
    ["told later", 10.1, 0, false],
    ["told at once and held for long", 50, 50, true],
    ["told an hour late and held for long", 110, 50, false],
  ])("%s", (_, ageMinutes, heldMinutes, fresh) => {
    const forgeIso = new Date(T0).toISOString();
    const createdIso = new Date(T0 - ageMinutes * MINUTE).toISOString();
    expect(isFresh(createdIso, forgeIso, heldMinutes * MINUTE)).toBe(fresh);
  });

  test("nothing proves it without the forge's clock, nor with a time that is none", () => {
    expect(isFresh(new Date(T0).toISOString(), null, 0)).toBe(false);
    expect(isFresh("yesterday", new Date(T0).toISOString(), 0)).toBe(false);
  });
});
