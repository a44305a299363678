/** Which of many repos that cannot be read tells it. */
import { describe, expect, it } from "vitest";
import { parseRepoKey } from "../../lib/core/types.ts";
import { SharedTroubles } from "../../lib/loop/shared-troubles.ts";

const [A, B, OTHERS, FORGEJO] = ["github:octo/a", "github:octo/b", "github:acme/c", "forgejo:octo/d"] as const;
const REVOKED = "401 Bad credentials (GET /repos/{owner}/{repo}/issues)";
const ELSEWHERE = "401 Bad credentials (GET /repos/{owner}/{repo})";
const DOWN = "502 Bad Gateway (GET /repos/{owner}/{repo}/issues)";

type Told = ConstructorParameters<typeof SharedTroubles>[1];

/** Asked in this order, as one sweep does. */
function elected(keys: string[], why: string, told: Told = { standings: {} }, enrolled = keys): string[] {
  const troubles = new SharedTroubles(enrolled, told);
  return keys.filter((key) => {
    const repo = parseRepoKey(key);
    return repo !== null && troubles.elect(repo, why);
  });
}

describe("of repos that share a trouble", () => {
  it("the first of each owner and forge tells it", () => {
    expect(elected([A, B, OTHERS, FORGEJO], REVOKED)).toEqual([A, OTHERS, FORGEJO]);
  });

  it.each<[string, Told, string[]]>([
    ["that tells it already", { standings: { [B]: { troubled: REVOKED } } }, [B]],
    ["that met it elsewhere", { standings: { [B]: { troubled: ELSEWHERE } } }, [B]],
    ["of older code that said no reason", { standings: { [B]: { troubled: true as unknown as string } } }, [A]],
    ["that is paused and reads nothing", { standings: { [A]: { paused: true } } }, [A, B]],
    ["that told it and is paused since", { standings: { [A]: { troubled: REVOKED, paused: true } } }, [A, B]],
    [
      "that told it and is held since",
      { standings: { [A]: { troubled: REVOKED } }, held: { [A]: "a newer record" } },
      [A, B],
    ],
    ["that was told of another trouble", { standings: { [A]: { troubled: DOWN } } }, [A, B]],
  ])("one %s", (_, told, tell) => {
    expect(elected([A, B], REVOKED, told)).toEqual(tell);
  });

  it("one that is enrolled no more tells nothing", () => {
    expect(elected([B], REVOKED, { standings: { [A]: { troubled: REVOKED } } })).toEqual([B]);
  });

  it("and one that shares it with nobody is told apart", () => {
    const troubles = new SharedTroubles([A, B], { standings: {} });
    const [a, b] = [A, B].map(parseRepoKey);
    if (!a || !b) throw new Error("no such repo");
    expect([troubles.elect(a, REVOKED), troubles.elect(b, DOWN), troubles.elect(b, REVOKED)]).toEqual([
      true,
      true,
      false,
    ]);
  });
});
