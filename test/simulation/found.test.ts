/** What the simulator found and a seed may not find again, since the weather is drawn anew with every change to it. */
import { expect, it } from "vitest";
import { actOf, removalOf } from "../../lib/forge/results.ts";

it.each([
  ["an act", actOf],
  ["a removal", removalOf],
])("takes a gateway's page with status 200 for no answer to %s", (_what, resultOf) => {
  const page = { type: "answer", status: 200, headers: {}, data: "<html>gateway</html>" } as const;
  expect(resultOf(page)).toMatchObject({ type: "retry", auth: false });
  expect(resultOf({ ...page, status: 204, data: "" })).toMatchObject({ type: "done" });
});
