/** Slack with a board already there, and ntfy. */
import type { Notice, Notifier } from "../../../lib/notify/notifier.ts";
import { createNtfyNotifier } from "../../../lib/notify/ntfy.ts";
import { createSlackNotifier } from "../../../lib/notify/slack.ts";
import { FakeNtfy } from "../../fakes/ntfy/fake-ntfy.ts";
import { FakeSlack } from "../../fakes/slack/fake-slack.ts";
import * as shapes from "../shapes.ts";
import { adapter, type Fetch, type Stage } from "./adapter.ts";

const notice: Notice = {
  title: "octo/widgets #7 needs you",
  lines: ["CI is red."],
  links: [{ label: "issue", url: "https://github.test/octo/widgets/issues/7" }],
};
const NOW_MS = Date.parse("2026-11-23T10:00:00Z");

async function openSlack(): Promise<Stage<Notifier>> {
  const slack = new FakeSlack({ now: () => NOW_MS, token: "xoxb-1", channels: [{ id: "C1", name: "afk" }] });
  const serve: Fetch = (url, init) => slack.handle(new Request(url, init));
  const adapterOf = (fetch: Fetch) =>
    createSlackNotifier({ token: "xoxb-1", channel: "C1", apiUrl: "https://slack.test/api/", callMs: 1000, fetch });
  const board = await adapterOf(serve).show(null, notice, "old");
  const id = board.type === "done" ? board.value : null;
  const shown = shapes.result(shapes.id.nullable());
  return {
    serve,
    adapter: adapterOf,
    operations: [
      { name: "a new board", run: (port) => port.show(null, notice, "new"), gives: shown },
      { name: "a board found again", run: (port) => port.show(null, notice, "old"), gives: shown },
      { name: "a board updated", run: (port) => port.show(id, notice, "old"), gives: shown },
      { name: "a bell", run: (port) => port.ring(notice, "done", null, "bell"), gives: shapes.result() },
      {
        name: "a bell under its board",
        run: (port) => port.ring(notice, "needs_human", id, "bell"),
        gives: shapes.result(),
      },
    ],
  };
}

async function openNtfy(): Promise<Stage<Notifier>> {
  const ntfy = new FakeNtfy({ now: () => NOW_MS, token: "tk_1" });
  return {
    serve: (url, init) => ntfy.handle(new Request(url, init)),
    adapter: (fetch) => createNtfyNotifier({ url: "https://ntfy.test/afk", token: "tk_1", callMs: 1000, fetch }),
    operations: [
      { name: "a bell", run: (port) => port.ring(notice, "needs_human", null, "bell"), gives: shapes.result() },
    ],
  };
}

export const notifiers = [await adapter("Slack", openSlack), await adapter("ntfy", openNtfy)];
