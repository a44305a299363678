/** The captured deliveries at the door: refused as Gitea sent them, taken as Forgejo would send the same. */
import { createHmac } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { type Door, handleWebhook } from "../../functions/webhooks.ts";
import { forgejoHeaders, forgejoRefusal, parseForgejoDelivery } from "../../lib/forge/forgejo/webhook.ts";

const FOLDER = join(import.meta.dirname, "../fixtures/forgejo");
const capture = z.object({ headers: z.record(z.string(), z.string()), body: z.unknown() });
const FILES = readdirSync(FOLDER).filter((file) => /^(\d|action_run|issue_label)/.test(file));
const [NOW, BEFORE] = ["secret now", "secret before"];

const door: Door = {
  headers: forgejoHeaders,
  secrets: [NOW, BEFORE],
  refusal: forgejoRefusal,
  disabled: [],
  isEnrolled: () => true,
  parse: parseForgejoDelivery,
  record: async () => "accepted",
};

function captured(file: string): { headers: Headers; text: string; event: string } {
  const { headers, body } = capture.parse(JSON.parse(readFileSync(join(FOLDER, file), "utf8")));
  // What the wire adds by itself.
  for (const name of ["host", "content-length", "accept-encoding"]) delete headers[name];
  const sent = new Headers({ "content-type": "application/json", ...headers });
  const event = sent.get("x-forgejo-event") ?? sent.get("x-gitea-event") ?? "";
  return { headers: sent, text: JSON.stringify(body, null, 2), event };
}

const sign = (text: string, secret: string) => createHmac("sha256", secret).update(text).digest("hex");

async function sent(headers: Headers, body: string) {
  const response = await handleWebhook(new Request("https://loop.test/", { method: "POST", headers, body }), door);
  const told: { status: string; reason?: string } = await response.json();
  return { code: response.status, ...told };
}

/** As Forgejo sends it: its own headers beside the others'. */
function asForgejo(file: string, signature: (text: string) => string): [Headers, string] {
  const { headers, text, event } = captured(file);
  headers.set("x-forgejo-event", event);
  headers.set("x-forgejo-event-type", event);
  headers.set("x-forgejo-delivery", "11111111-2222-3333-4444-555555555555");
  headers.set("x-forgejo-signature", signature(text));
  headers.set("x-hub-signature-256", `sha256=${sign(text, NOW)}`);
  headers.set("x-gitea-signature", sign(text, NOW));
  return [headers, text];
}

describe.each(FILES)("%s", (file) => {
  test.each([NOW, BEFORE])("signed with the %s is understood, or ignored with a reason", async (secret) => {
    const told = await sent(...asForgejo(file, (text) => sign(text, secret)));
    expect(told.code).toBe(202);
    expect(told.status === "accepted" || (told.reason ?? "") !== "").toBe(true);
  });

  test.each<[string, (text: string) => string]>([
    ["an empty signature", () => ""],
    ["another secret", (text) => sign(text, "another")],
    ["a prefix", (text) => `sha256=${sign(text, NOW)}`],
  ])("with %s is 401, whatever the other headers say", async (_what, signature) => {
    expect(await sent(...asForgejo(file, signature))).toMatchObject({
      code: 401,
      reason: "signature does not match",
    });
  });
});

test.each(FILES.filter((file) => /^\d/.test(file)))("%s as Gitea sent it is 401", async (file) => {
  const { headers, text } = captured(file);
  expect(await sent(headers, text)).toMatchObject({ code: 401, reason: "Gitea is not supported" });
});
