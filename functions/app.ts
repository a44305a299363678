/** The routes. Each hands on and answers; none decides. */
import { Hono } from "hono/tiny";
import { disabledReasons, isEnrolled, webhookSecrets } from "../lib/core/config.ts";
import { CONTENT_TYPE } from "../lib/core/prometheus.ts";
import { repoKey } from "../lib/core/types.ts";
import { forgejoHeaders, forgejoRefusal, parseForgejoDelivery } from "../lib/forge/forgejo/webhook.ts";
import { githubHeaders, parseGithubDelivery } from "../lib/forge/github/webhook.ts";
import { createBoard } from "./board.ts";
import { type Env, ledgerOf, settingsOf } from "./env.ts";
import { health } from "./healthz.ts";
import { say } from "./log.ts";
import { metrics } from "./metrics.ts";
import { operatorOnly } from "./operator.ts";
import { refused } from "./refusals.ts";
import { type Door, handleWebhook } from "./webhooks.ts";

export function createApp(): Hono<{ Bindings: Env }> {
  const app = new Hono<{ Bindings: Env }>();
  app.all("/webhooks/github", (context) => handleWebhook(context.req.raw, githubDoor(context.env)));
  app.all("/webhooks/forgejo", (context) => handleWebhook(context.req.raw, forgejoDoor(context.env)));
  app.get("/healthz", async (context) => context.json(await health(context.env)));
  app.get("/metrics", operatorOnly, async (context) =>
    context.body(await metrics(context.env), 200, { "content-type": CONTENT_TYPE }),
  );
  app.route("/api", createBoard());
  app.notFound(() => refused(404, "no such route"));
  app.onError((error, context) => {
    const msg = `request failed: ${error.message}`;
    say("error", "thrown", msg);
    return context.json({ status: "failed" }, 500);
  });
  return app;
}

function githubDoor(env: Env): Door {
  return {
    ...doorOf(env),
    headers: githubHeaders,
    secrets: webhookSecrets(env, "github"),
    parse: parseGithubDelivery,
  };
}

function forgejoDoor(env: Env): Door {
  return {
    ...doorOf(env),
    headers: forgejoHeaders,
    secrets: webhookSecrets(env, "forgejo"),
    refusal: forgejoRefusal,
    parse: parseForgejoDelivery,
  };
}

/** What is the same behind every door. */
function doorOf(env: Env): Pick<Door, "disabled" | "isEnrolled" | "record" | "onFailure"> {
  const settings = settingsOf(env);
  return {
    disabled: disabledReasons(settings),
    isEnrolled: (repo) => isEnrolled(settings.config, repoKey(repo)),
    record: (signal, deliveryId) => {
      const key = repoKey(signal.repo);
      return ledgerOf(env, key).record(key, deliveryId, signal);
    },
    onFailure: (error) => {
      const msg = `delivery not stored: ${error instanceof Error ? error.message : String(error)}`;
      say("error", "thrown", msg);
    },
  };
}
