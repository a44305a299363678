/** The real ledger: a repo's Durable Object in workerd, evicted for a restart. */
import { evictDurableObject, reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe } from "vitest";
import type { Env } from "../../functions/env.ts";
import { ledgerOn } from "../../functions/ledger-on.ts";
import { ledgerContract } from "../contracts/ledger-contract.ts";

const KEY = "github:octo/contract";
const { LEDGERS } = env as unknown as Env;

afterEach(() => reset());

describe("the ledger in workerd", () => {
  ledgerContract(async () => {
    // A stub does not outlive its object's death.
    const stub = () => LEDGERS.getByName(KEY);
    return {
      use: (work) => runInDurableObject(stub(), (_object, { storage }) => work(ledgerOn(storage, KEY))),
      alarmAt: () => runInDurableObject(stub(), (_object, { storage }) => storage.getAlarm()),
      restart: () => evictDurableObject(stub()),
    };
  });
});
