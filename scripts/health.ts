/**
 * `afk-loop health`: asks the loop on this machine how it is. For a container's health check and for people.
 *
 *   exit 0 .... it answers, whatever it says of itself (a degraded loop is not mended by a restart)
 *   exit 1 .... it does not
 */
import { ownOrigin } from "./start/address.ts";
import { readSettings } from "./start/read-settings.ts";

const ANSWER_MS_MAX = 5000;

try {
  const { host, port } = readSettings();
  const answer = await fetch(`${ownOrigin(host, port)}/healthz`, { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
  console.log(await answer.text());
  process.exitCode = answer.ok ? 0 : 1;
} catch (error) {
  console.error(`health: the loop does not answer: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
