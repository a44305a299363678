/** Every published example of a GitHub delivery, through the door: each row of the reviewed table, no more and no fewer. */
import examples from "@octokit/webhooks-examples" with { type: "json" };
import { sign } from "@octokit/webhooks-methods";
import { describe, expect, test } from "vitest";
import { handleWebhook } from "../../functions/webhooks.ts";
import type { Signal } from "../../lib/core/types.ts";
import table from "../fixtures/github-examples.json" with { type: "json" };
import { githubDoor } from "./github-door.ts";

const SECRET = "the examples' secret";

type Row = { signal: unknown } | { ignored: string };
const rows: Map<string, Row> = new Map(Object.entries(table));
const bodies = new Map(
  examples.flatMap(({ name, examples: payloads }) =>
    payloads.map((payload, index): [string, string] => [`${name}.${index}`, JSON.stringify(payload)]),
  ),
);

test("the table has a row for each of the 329 examples, and none besides", () => {
  expect(bodies.size).toBe(329);
  expect([...rows.keys()].sort()).toEqual([...bodies.keys()].sort());
});

describe("posted with the right signature, an example is answered as its row says", () => {
  test.each([...bodies])("%s", async (name, body) => {
    const { response, recorded } = await post(name, body, SECRET);
    const row = rows.get(name);
    expect(response.status).toBe(202);
    if (row && "signal" in row) {
      expect(await response.json()).toEqual({ status: "accepted" });
      expect(recorded).toEqual([row.signal]);
    } else {
      expect(await response.json()).toEqual({ status: "ignored", reason: row?.ignored });
      expect(recorded).toEqual([]);
    }
  });
});

test("posted with a wrong signature, every example is refused and none is recorded", async () => {
  for (const [name, body] of bodies) {
    const { response, recorded } = await post(name, body, "another secret");
    expect([name, response.status, recorded]).toEqual([name, 401, []]);
  }
});

async function post(name: string, body: string, secret: string): Promise<{ response: Response; recorded: Signal[] }> {
  const recorded: Signal[] = [];
  const headers = {
    "content-type": "application/json",
    "x-github-event": name.replace(/\.\d+$/, ""),
    "x-github-delivery": name,
    "x-hub-signature-256": await sign(secret, body),
  };
  const request = new Request("https://afk.example/webhooks/github", { method: "POST", headers, body });
  return { response: await handleWebhook(request, githubDoor(SECRET, recorded)), recorded };
}
