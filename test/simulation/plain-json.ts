/** Octokit reads JSON with a parser that keeps huge integers; the simulated forge sends none. */
export const JSONParse = JSON.parse;
export const JSONStringify = JSON.stringify;
