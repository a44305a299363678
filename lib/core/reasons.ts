/** How a run ended and why, as sentences. Details are strangers' text and are made inline here. */
import { inlineList } from "./red-trunk.ts";
import type { Outcome, Reason, RedStop } from "./run.ts";
import { dollars, grouped } from "./spend-text.ts";
import { inline } from "./text.ts";

export function outcomeLine(outcome: Outcome): string {
  switch (outcome.type) {
    case "closed":
      return `Done: ${outcome.reason.code === "landed" ? landedText(outcome.reason) : "landed and green."}`;
    case "escalated":
      return `Handed over: ${reasonText(outcome.reason)}`;
    case "frozen":
      return `Handed over, and nothing else starts in this repo until ${thaw(outcome.reason)}: ${reasonText(outcome.reason)}`;
    case "withdrawn":
      return `Withdrawn: ${reasonText(outcome.reason)}`;
    case "gone":
      return "The issue is gone.";
    default:
      return outcome.type satisfies never;
  }
}

/** What lifts the freeze: a trunk that is green already is not live yet. */
function thaw(reason: Reason): string {
  const { code } = reason;
  const isDeploy = code === "deploy_overdue" || code === "deploy_failed" || (code === "turn_refused" && reason.deploy);
  return isDeploy ? "the trunk is live" : "the trunk is green";
}

const RED_STOPS: Record<RedStop, string> = {
  attempts: "the attempts are used up",
  time: "the time for fixing forward is over",
  kill_switch: "the loop is disarmed",
  paused: "the repo is paused",
  thread_gone: "the agent's thread is gone",
  person: "a person closed or unlabelled the issue",
  unanswered: "the agent's answer brought no new commit",
};

export function reasonText(reason: Reason): string {
  switch (reason.code) {
    case "landed":
      return landedText(reason);
    case "label_refused":
      return `the forge refused the in-progress label (${inline(reason.detail)}).`;
    case "turn_refused":
      return `the executor refused the turn (${inline(reason.detail)}).`;
    case "close_refused":
      return `the change is landed and green, but the forge refused to close the issue (${inline(reason.detail)}).`;
    case "kill_switch":
      return "the loop was disarmed before the agent started; the label stays.";
    case "paused":
      return `${inline(reason.why)}, before the agent started; the label stays.`;
    case "refused_at_start":
      return `not started after all: ${inline(reason.detail)}; the label stays.`;
    case "held_elsewhere":
      return "another loop was faster.";
    case "withdrawn_by_person":
      return PERSON[reason.how];
    case "stopped_by_person":
      return `${inline(reason.by)} stopped it after it had landed.`;
    case "issue_gone":
      return "the issue was deleted or moved.";
    case "time_over":
      return "the run's whole time is over.";
    case "budget":
      return budgetText(reason);
    case "never_started":
      return `the agent's turn was accepted but never started${reason.detail ? ` (${inline(reason.detail)})` : ""}.`;
    case "asked_again":
      return "the agent asked a question nobody is here to answer.";
    case "stalled":
      return "the agent fell silent.";
    case "nothing_pushed":
      return reason.detail === null
        ? "the agent ended without landing anything."
        : `the agent ended without landing anything (${inline(reason.detail)}).`;
    case "deploy_overdue":
      return reason.seen
        ? `the deploy did not come in time: ${inline(reason.seen)}.`
        : "the deploy did not come in time.";
    case "deploy_failed":
      return `CI is green, but ${reason.seen ? inline(reason.seen) : "the deploy failed"}, and ${RED_STOPS[reason.why]}.`;
    case "infra":
      return `CI failed for reasons of its own${inlineList(reason.checks)}.${rerunHint(reason.pages ?? null)}`;
    case "red":
      return `CI is red${inlineList(reason.checks)} and ${RED_STOPS[reason.why]}.`;
    case "outdated":
      return `the pull request ${OUTDATED[reason.how]} and ${RED_STOPS[reason.why]}.`;
    case "review_rounds":
      return `the reviews were answered ${reason.rounds} times and are not settled.`;
    case "review_unanswered":
      return "people reviewed the pull request, and the agent's thread is gone.";
    case "ci_waits_for_approval":
      return `CI waits for a person's approval${inlineList(reason.checks)}.`;
    case "no_ci":
      return reason.missing.length > 0
        ? `a required check never reported${inlineList(reason.missing)}.`
        : "no CI ran on the landed commit (a skip marker, a path filter, or none configured?).";
    case "red_before":
      return `CI is red${inlineList(reason.checks)}, and it was so before this change; no agent is sent after it.`;
    case "unproven":
      return "the repo asks for verified evidence that tests were red before they were green, and CI does not show it.";
    case "protected_path":
      return `the change touches what is for people to see first${inlineList(reason.paths)}.`;
    default:
      return reason satisfies never;
  }
}

function landedText({ live, unjudged }: Extract<Reason, { code: "landed" }>): string {
  if (unjudged) return `${live ? "landed and live" : "landed"}; the repo asks for no CI, and none ran.`;
  return live ? "landed, green and live." : "landed and green.";
}

function budgetText({ usd, tokens, limitUsd }: Extract<Reason, { code: "budget" }>): string {
  if (usd === undefined || limitUsd === undefined) return "the run's budget is spent.";
  const counted = tokens === undefined ? "" : `, ${grouped(tokens)} tokens`;
  return `the run's budget of ${dollars(limitUsd)} is spent (${dollars(usd)}${counted}).`;
}

/** How a person runs CI again where the forge cannot be asked to. Only links that hold no markup are shown. */
function rerunHint(pages: string[] | null): string {
  if (pages === null) return "";
  const shown = [...new Set(pages)].filter((page) => /^https?:\/\/[\w.:/%~-]{1,300}$/.test(page)).slice(0, 3);
  const where = shown.length > 0 ? `its page (${shown.join(" , ")})` : "its page in CI";
  return ` This loop cannot run it again, a person can: open ${where} and choose "Re-run all jobs". Once it is green, the repo is free again.`;
}

const OUTDATED = {
  conflict: "is in conflict with the trunk",
  behind: "is behind the trunk",
} as const;

const PERSON = {
  closed: "a person closed the issue.",
  unlabelled: "a person removed the label.",
  gone: "the issue was deleted or moved.",
  reopened: "a person reopened the issue.",
  stopped: "a person stopped it.",
  pull_closed: "a person closed the pull request.",
} as const;
