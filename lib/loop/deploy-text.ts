/** What a turn says that answers a failed deploy: read anew at every try, since it may have been mended meanwhile. */
import { deploySubject } from "../core/deploy-rule.ts";
import { deployTurn } from "../core/issue-implementer-prompt.ts";
import type { Run } from "../core/run.ts";
import type { Unread } from "../core/types.ts";
import type { Newest } from "./look.ts";
import { readDeploy } from "./look-deploy.ts";
import type { Loop } from "./loop.ts";
import { notYet, type Text } from "./turn-text.ts";

export async function deployText(loop: Loop, run: Run, { ours, later }: Newest, attemptsMax: number): Promise<Text> {
  const rule = run.rules?.deploy;
  if (rule?.type !== "environment" && rule?.type !== "check")
    return { type: "refused", why: "no deploy is asked for that can fail" };
  const failures: Unread[] = [];
  const asked = { rule, trunk: run.trunk, ours, later, held: run.live };
  const { live } = await readDeploy(loop, asked, (failure) => failures.push(failure));
  const [failure] = failures;
  if (failure) return notYet("forge", failure);
  if (!live?.failed) return { type: "moot", why: "the deploy is no longer failed" };
  const text = deployTurn(run, ours, live.failed, deploySubject(rule), attemptsMax, loop.held);
  return { type: "text", text };
}
