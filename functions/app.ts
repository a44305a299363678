/** The routes. Each hands on and answers; none decides. */
import { Hono } from "hono";
import { disabledReasons, isEnrolled } from "../lib/core/config.ts";
import { repoKey } from "../lib/core/types.ts";
import { githubHeaders, parseGithubDelivery } from "../lib/forge/github/webhook.ts";
import { createBoard } from "./board.ts";
import { writeLog } from "./compose.ts";
import { type Env, ledgerOf, settingsOf } from "./env.ts";
import { health } from "./healthz.ts";
import { type Door, handleWebhook } from "./webhooks.ts";

export function createApp(): Hono<{ Bindings: Env }> {
  const app = new Hono<{ Bindings: Env }>();
  app.all("/webhooks/github", (context) => handleWebhook(context.req.raw, githubDoor(context.env)));
  app.get("/healthz", async (context) => context.json(await health(context.env)));
  app.route("/api", createBoard());
  app.notFound((context) => context.json({ status: "refused", reason: "no such route" }, 404));
  app.onError((error, context) => {
    const msg = `request failed: ${error.message}`;
    writeLog(null, { level: "error", msg, issue: null, run: null, code: "thrown" });
    return context.json({ status: "failed" }, 500);
  });
  return app;
}

function githubDoor(env: Env): Door {
  const settings = settingsOf(env);
  return {
    headers: githubHeaders,
    secrets: [env.GITHUB_WEBHOOK_SECRET, env.GITHUB_WEBHOOK_SECRET_PREVIOUS],
    disabled: disabledReasons(settings),
    isEnrolled: (repo) => isEnrolled(settings.config, repoKey(repo)),
    parse: parseGithubDelivery,
    record: (signal, deliveryId) => {
      const key = repoKey(signal.repo);
      return ledgerOf(env, key).record(key, deliveryId, signal);
    },
    onFailure: (error) => {
      const msg = `delivery not stored: ${error instanceof Error ? error.message : String(error)}`;
      writeLog(null, { level: "error", msg, issue: null, run: null, code: "thrown" });
    },
  };
}
