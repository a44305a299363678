/**
 * Webhook deliveries: the payload is built at once, in the order of the acts, and handed to `deliver`, which may send,
 * lose, double or delay it. A delivery is plain data; signing waits until it is sent, so that nothing here is
 * asynchronous. Nothing is ever sent a second time: there is no retry, and no API to ask for one.
 */
import type { Delivery as AnyDelivery } from "../forge/stand-in.ts";
import { goJson } from "./go-json.ts";
import { eventOf, type HookType } from "./hook-events.ts";
import type { Account, Repo } from "./state.ts";
import { accountView, repoView } from "./views-repo.ts";
import { fullName, type World } from "./world.ts";

export type Delivery = AnyDelivery & {
  /** X-Forgejo-Event-Type, which alone tells a label's change from an issue's opening. */
  type: HookType;
  /** The hook of the repository that is told; null: the one the stand-in was made with. */
  hook: number | null;
};

export type Emission = {
  type: HookType;
  repo: Repo;
  /** The whole body. */
  payload: Record<string, unknown>;
  /** The one hook that is told, whatever it asked for: a test delivery. */
  only?: number;
};

/** A payload with `repository` as `viewer` may use it, and `sender`. */
export function told(
  world: World,
  { repo, viewer, sender }: { repo: Repo; viewer: Account; sender: Account },
  payload: Record<string, unknown>,
): Record<string, unknown> {
  return { ...payload, repository: repoView(world, repo, viewer), sender: accountView(world, sender) };
}

export function deliveryOf(world: World, { type, repo, payload }: Emission, to: Target): Delivery {
  world.state.deliveries += 1;
  return {
    id: uuid(world.state.deliveries),
    at: world.now(),
    type,
    event: eventOf(type),
    action: typeof payload.action === "string" ? payload.action : null,
    repo: fullName(repo),
    url: to.url,
    hook: to.hook,
    body: goJson(payload, 2),
  };
}

export type Target = { url: string; hook: number | null };
export type Signing = { secret: string; authorization?: string; contentType?: string };

const NAMES = ["Forgejo", "Gitea", "Gogs", "GitHub"];

/** The request Forgejo sends. Without a secret every signature header is there, and empty. */
export async function signedRequest(delivery: Delivery, signing: string | Signing): Promise<Request> {
  const {
    secret,
    authorization = "",
    contentType = "json",
  } = typeof signing === "string" ? { secret: signing } : signing;
  const [sha1, sha256] = await Promise.all([
    hmac("SHA-1", secret, delivery.body),
    hmac("SHA-256", secret, delivery.body),
  ]);
  const headers = new Headers({ "user-agent": "Go-http-client/1.1" });
  for (const name of NAMES) {
    headers.set(`X-${name}-Delivery`, delivery.id);
    headers.set(`X-${name}-Event`, delivery.event);
    headers.set(`X-${name}-Event-Type`, delivery.type);
    if (name !== "GitHub") headers.set(`X-${name}-Signature`, sha256);
  }
  headers.set("X-Hub-Signature", `sha1=${sha1}`);
  headers.set("X-Hub-Signature-256", `sha256=${sha256}`);
  if (authorization !== "") headers.set("authorization", authorization);
  const isForm = contentType === "form";
  headers.set("content-type", isForm ? "application/x-www-form-urlencoded" : "application/json");
  // A form's signature is of the JSON inside it, not of the body.
  const body = isForm ? new URLSearchParams({ payload: delivery.body }).toString() : delivery.body;
  return new Request(delivery.url, { method: "POST", headers, body });
}

async function hmac(hash: "SHA-1" | "SHA-256", secret: string, text: string): Promise<string> {
  if (secret === "") return "";
  const bytes = new TextEncoder();
  const key = await crypto.subtle.importKey("raw", bytes.encode(secret), { name: "HMAC", hash }, false, ["sign"]);
  const signature = new Uint8Array(await crypto.subtle.sign("HMAC", key, bytes.encode(text)));
  return [...signature].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Delivery ids are counted, not drawn, so that the same story has the same ids. */
function uuid(count: number): string {
  return `5f0e8a1c-7b1d-4c55-9e0a-${count.toString(16).padStart(12, "0")}`;
}
