/** What the outside calls: requests, the clock, and the two Durable Object classes. */
import { createApp } from "./app.ts";
import type { Env } from "./env.ts";
import { sweep } from "./sweep.ts";

export { Fleet } from "./fleet.ts";
export { RepoLedger } from "./repo-ledger.ts";

const app = createApp();

export default {
  fetch: (request, env, context) => app.fetch(request, env, context),
  scheduled: (_controller, env) => sweep(env),
} satisfies ExportedHandler<Env>;
