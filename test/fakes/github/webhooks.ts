/**
 * Webhook deliveries: the payload is built at once, in the order of the acts, and handed to `deliver`, which may send,
 * lose, double or delay it. A delivery is plain data; signing waits until it is sent, so that nothing here is
 * asynchronous.
 */
import { sign } from "@octokit/webhooks-methods";
import type { Delivery } from "../forge/stand-in.ts";
import type { Account, Repo } from "./state.ts";
import { accountView, organizationView, repoUrl, repoView } from "./views-repo.ts";
import { findAccount, fullName, type World } from "./world.ts";

export type { Delivery };

export type Hook = { url: string; secret: string };

const HOOK_ID = 109948940;
const HOOKSHOT = "GitHub-Hookshot/5e1cc3b";

export function deliveryOf(world: World, hook: Hook, event: string, { repo, sender, payload }: Emission): Delivery {
  const owner = findAccount(world, repo.owner);
  const organization = owner?.type === "Organization" ? { organization: organizationView(world, owner) } : {};
  const body = JSON.stringify({
    ...payload,
    repository: repoView(world, repo),
    ...organization,
    sender: accountView(world, sender),
  });
  world.state.deliveries += 1;
  return {
    id: guid(world.state.deliveries),
    at: world.now(),
    event,
    action: typeof payload.action === "string" ? payload.action : null,
    repo: fullName(repo),
    url: hook.url,
    body,
  };
}

export type Emission = { repo: Repo; sender: Account; payload: Record<string, unknown> };

/** The request GitHub sends for a delivery, signed over its raw bytes. */
export async function signedRequest(delivery: Delivery, secret: string): Promise<Request> {
  return new Request(delivery.url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "user-agent": HOOKSHOT,
      accept: "*/*",
      "x-github-event": delivery.event,
      "x-github-delivery": delivery.id,
      "x-github-hook-id": String(HOOK_ID),
      "x-github-hook-installation-target-type": "repository",
      "x-hub-signature-256": await sign(secret, delivery.body),
    },
    body: delivery.body,
  });
}

export function pingPayload(world: World, repo: Repo, url: string): Record<string, unknown> {
  const hooks = `${repoUrl(world, repo)}/hooks/${HOOK_ID}`;
  const hook = {
    type: "Repository",
    id: HOOK_ID,
    name: "web",
    active: true,
    events: ["issues", "push"],
    config: { content_type: "json", insecure_ssl: "0", url },
    updated_at: repo.createdAt,
    created_at: repo.createdAt,
    url: hooks,
    ping_url: `${hooks}/pings`,
    test_url: `${hooks}/tests`,
    deliveries_url: `${hooks}/deliveries`,
  };
  return { zen: "Design for failure.", hook_id: HOOK_ID, hook };
}

/** Delivery ids are counted, not drawn, so that the same story has the same ids. */
function guid(count: number): string {
  return `72d3162e-cc78-11e3-81ab-${count.toString(16).padStart(12, "0")}`;
}
