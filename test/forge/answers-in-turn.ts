/** A `fetch` that gives these answers, whatever is asked, in this order; the last again and again. */
export function answersInTurn(answers: (Response | Error)[]) {
  const asked: Request[] = [];
  return {
    asked,
    async fetch(url: string, init: RequestInit): Promise<Response> {
      asked.push(new Request(url, init));
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      if (answer instanceof Error || !answer) throw answer ?? new Error("nothing to answer");
      return answer.clone();
    },
  };
}
