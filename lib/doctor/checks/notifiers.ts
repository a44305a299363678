/** Who hears of it. Neither is needed; both silent is worth a word. */
import type { Facts, NtfyFacts, SlackFacts } from "../facts.ts";
import { type Finding, fail, ok, unknown, warn } from "../finding.ts";

const LIKE_AN_ID = /^[CGD][A-Z0-9]+$/;

export function notifierChecks({ slack, ntfy, settings }: Facts): Finding[] {
  const isAlone = slack === null && ntfy === null && !settings.set.has("NTFY_URL");
  const unset = isAlone ? "not set, and neither is ntfy: no bell rings" : "not set";
  return [
    ...(slack === null ? [ok("slack-token", "slack", unset), ok("slack-channel", "slack", "not set")] : inSlack(slack)),
    ntfy === null ? ok("ntfy", "ntfy", "not set") : inNtfy(ntfy),
  ];
}

function inSlack({ token, channel, channelInfo }: SlackFacts): Finding[] {
  const code = "slack-token";
  const mend = "set SLACK_BOT_TOKEN to the app's bot token, with the scope chat:write";
  if (!token.known) return [unknown(code, "slack", token.why, "see that this machine reaches Slack")];
  const said = token.value;
  if ("refused" in said)
    return [fail(code, "slack", `Slack said ${said.refused}; the channel was not looked at`, mend)];
  if (said.scopes !== null && !said.scopes.includes("chat:write"))
    return [fail(code, "slack", "the token lacks the scope chat:write", mend), inChannel(channel, channelInfo)];
  return [ok(code, "slack", `accepted: ${said.user} of ${said.team}`), inChannel(channel, channelInfo)];
}

const REFUSALS: Record<string, [string, string]> = {
  channel_not_found: ["there is no such channel, or it is private and the app not in it", "set its id, invite the app"],
  not_in_channel: ["the app is not in the channel", "invite the app to it"],
};

function inChannel(channel: string, info: SlackFacts["channelInfo"]): Finding {
  const code = "slack-channel";
  if (!info.known) return unknown(code, "slack", info.why, "see that this machine reaches Slack");
  const said = info.value;
  if ("refused" in said) {
    const [what, mend] = REFUSALS[said.refused] ?? [];
    return what !== undefined && mend !== undefined
      ? fail(code, "slack", what, mend)
      : unknown(code, "slack", `Slack said ${said.refused}`, "give the app channels:history, or channels:read");
  }
  if (said.isArchived) return fail(code, "slack", "the channel is archived", "unarchive it, or set another");
  if (!said.isMember) return fail(code, "slack", "the app is not in the channel", "invite the app to it");
  if (!LIKE_AN_ID.test(channel))
    return warn(code, "slack", "a name: posts can be made by it, and none is ever found again", "set the channel's id");
  return ok(code, "slack", `the app is in ${said.name} (${channel})`);
}

/** Whether it may publish shows only when it does; that it may read the topic is all that can be asked in silence. */
function inNtfy({ hasTopic, hasToken, healthy, topic }: NtfyFacts): Finding {
  const code = "ntfy";
  if (!hasTopic) return fail(code, "ntfy", "NTFY_URL names no topic", "set it to https://<server>/<topic>");
  if (!topic.known && topic.status === null)
    return fail(code, "ntfy", topic.why, "see that NTFY_URL is right and that this machine reaches it");
  if (healthy.known && !healthy.value)
    return warn(code, "ntfy", "the server says that it is not healthy", "look at the server");
  // An older server has no page of its health; whoever is let in has reached one.
  if (topic.known) return ok(code, "ntfy", healthy.known ? "the server is healthy and lets us in" : "it lets us in");
  if (topic.status === 401) return fail(code, "ntfy", "the token is not accepted", "set NTFY_TOKEN anew");
  if (topic.status !== 403) return unknown(code, "ntfy", topic.why, "ring it once by hand");
  return hasToken
    ? unknown(
        code,
        "ntfy",
        "the token may not read the topic, which says nothing of publishing",
        "ring it once by hand",
      )
    : fail(code, "ntfy", "the topic is closed to those without a token", "set NTFY_TOKEN");
}
