import { beforeEach, expect, test } from "vitest";
import { REPO, Scene } from "./scene.ts";

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
  scene.issue("one");
  scene.issue("two");
  scene.later(60);
  scene.github.people.edit({ repo: REPO, number: 2, by: "ada", body: "Edited" });
});

const ask = async (
  query: string,
  variables?: Record<string, unknown>,
): Promise<{ data?: unknown; errors?: { message: string; type?: string; path?: unknown }[] }> => {
  const told = await scene.call("POST", "/graphql", { query, ...(variables === undefined ? {} : { variables }) });
  expect(told.status).toBe(200);
  return told.body as never;
};

test("an issue's last edit is null until its body was edited, whatever form the question has", async () => {
  expect(await ask(`{repository(owner:"octo",name:"widgets"){issue(number:1){lastEditedAt}}}`)).toEqual({
    data: { repository: { issue: { lastEditedAt: null } } },
  });
  const named = `query Edited($number: Int!, $owner: String!, $name: String = "widgets") { # why
    repository(name: "widgets", owner: $owner) { issue(number: $number) { number state lastEditedAt, __typename } nameWithOwner }
  }`;
  expect(await ask(named, { owner: "octo", number: 2 })).toEqual({
    data: {
      repository: {
        issue: { number: 2, state: "OPEN", lastEditedAt: "2026-11-01T09:01:00Z", __typename: "Issue" },
        nameWithOwner: REPO,
      },
    },
  });
  const batch = `{ a: repository(owner:"octo",name:"widgets") { i1: issue(number:1) { title body } i2: issue(number:2) { when: lastEditedAt databaseId updatedAt id } } }`;
  expect((await ask(batch)).data).toMatchObject({
    a: { i1: { title: "one", body: "They do." }, i2: { when: "2026-11-01T09:01:00Z" } },
  });
  expect(scene.github.violations).toEqual([]);
});

test("what cannot be found is null with an error beside it", async () => {
  expect(await ask(`{repository(owner:"octo",name:"widgets"){issue(number:9){lastEditedAt}}}`)).toMatchObject({
    data: { repository: { issue: null } },
    errors: [
      {
        type: "NOT_FOUND",
        path: ["repository", "issue"],
        message: "Could not resolve to an Issue with the number of 9.",
      },
    ],
  });
  expect(await ask(`{repository(owner:"octo",name:"nope"){issue(number:1){id}}}`)).toMatchObject({
    data: { repository: null },
    errors: [{ type: "NOT_FOUND" }],
  });
});

test.each([
  ["{", undefined],
  ["mutation { x }", undefined],
  [`{repository(owner:"octo",name:"widgets"){...f}}`, undefined],
  ["{viewer{login}}", undefined],
  [`{repository(owner:"octo",name:"widgets"){issue(number:1){lastEdited}}}`, undefined],
  [`{repository(owner:"octo",name:"widgets"){issue(number:1)}}`, undefined],
  [`{repository(owner:"octo",name:"widgets"){issue(number:1){title{x}}}}`, undefined],
  [`{repository(owner:"octo"){issue(number:1){id}}}`, undefined],
  [`{repository(owner:"octo",name:"widgets"){issue(number:"1"){id}}}`, undefined],
  [`{repository(owner:"octo",name:"widgets"){issue(id:1){id}}}`, undefined],
  [`query($n:Int!){repository(owner:"octo",name:"widgets"){issue(number:$n){id}}}`, {}],
  [`query($n:Int!){repository(owner:"octo",name:"widgets"){issue(number:$n){id}}}`, { n: "1" }],
  [`query($n:Int){repository(owner:"octo",name:"widgets"){issue(number:$n){id}}}`, { n: 1 }],
  [`query($n:String!){repository(owner:"octo",name:"widgets"){issue(number:$n){id}}}`, { n: "1" }],
  [`{repository(owner:"octo",name:"widgets"){issue(number:$n){id}}}`, { n: 1 }],
])("a question that is wrong, %s %j, has errors and no data", async (query, variables) => {
  const told = await ask(query, variables);
  expect(told.errors?.[0]?.message).toEqual(expect.any(String));
  expect(told.data).toBeUndefined();
});

const INPUT = "mutation($input: EnablePullRequestAutoMergeInput!)";
const ENABLE = `${INPUT} { enablePullRequestAutoMerge(input: $input) { pullRequest { number } } }`;
const among = (args: string, fields = "nodes { number }") =>
  `{ repository(owner: "octo", name: "widgets") { pullRequests(${args}) { ${fields} } } }`;

test.each<[string, Record<string, unknown> | undefined]>([
  [among("first: 1, orderBy: { field: CREATED, direction: DESC }"), undefined],
  [among("first: 1, orderBy: { field: CREATED_AT }"), undefined],
  [among("first: 1, orderBy: { field: CREATED_AT, direction: DESC, by: 1 }"), undefined],
  [among("first: 1, orderBy: CREATED_AT"), undefined],
  [among('first: "1"'), undefined],
  [among("first: 1, states: OPEN"), undefined],
  [among("first: 1", "nodes"), undefined],
  [among("first: 1", "nodes { lastEditedAt }"), undefined],
  [ENABLE, {}],
  [ENABLE, { input: {} }],
  [ENABLE, { input: { pullRequestId: "PR_1", admin: true } }],
  [ENABLE, { input: { pullRequestId: "PR_1", mergeMethod: "FOLD" } }],
  [ENABLE, { input: { pullRequestId: "PR_1", expectedHeadOid: "abc" } }],
  [ENABLE.replace("!)", ")"), { input: { pullRequestId: "PR_1" } }],
  ["mutation { mergePullRequest(input: {}) { clientMutationId } }", undefined],
  ["query { enqueuePullRequest(input: {}) { clientMutationId } }", undefined],
])("a question or deed about pull requests that is wrong, %s %j, has errors and no data", async (query, variables) => {
  const told = await ask(query, variables);
  expect(told.errors?.[0]?.message).toEqual(expect.any(String));
  expect(told.data).toBeUndefined();
});

test("a list wants to know how much of it; a pull request is no issue, and an issue no pull request", async () => {
  expect(await ask(among('headRefName: "x"'))).toMatchObject({
    data: { repository: { pullRequests: null } },
    errors: [{ message: expect.stringContaining("`first`") }],
  });
  expect(await ask(among("first: 5", "totalCount pageInfo { hasNextPage } nodes { number }"))).toEqual({
    data: { repository: { pullRequests: { totalCount: 0, pageInfo: { hasNextPage: false }, nodes: [] } } },
  });
  await scene.push("Stand", { branch: "topic" });
  await scene.github.pulls.open({ repo: REPO, branch: "topic", base: "main", by: "ada", title: "Stand" });
  for (const wrong of ["issue(number: 3)", "pullRequest(number: 1)"])
    expect(await ask(`{ repository(owner: "octo", name: "widgets") { ${wrong} { number } } }`)).toMatchObject({
      errors: [{ type: "NOT_FOUND" }],
    });
});

test("no question at all is 400, no token 401, and an unknown key of the request a violation", async () => {
  expect((await scene.call("POST", "/graphql", {})).status).toBe(400);
  expect((await scene.call("POST", "/graphql", { query: "{x}" }, { authorization: "" })).status).toBe(401);
  scene.github.violations.length = 0;
  await scene.call("POST", "/graphql", { query: "{x}", owner: "octo" });
  expect(scene.github.violations.join()).toContain("owner");
});
