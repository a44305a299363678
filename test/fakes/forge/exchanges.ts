/** The record of every request and its answer, and the check of each against the forge's description. */
import type { Keeps } from "../exchange.ts";
import type { SeenRequest } from "./faults.ts";

export type Exchange = {
  at: number;
  method: string;
  path: string;
  query: string;
  requestBody?: unknown;
  /** Undefined where the connection broke or never answered. */
  status?: number;
  responseBody?: unknown;
  /** True where a fault answered in place of the truth. */
  fault: boolean;
};

export type ExchangeCheck = (exchange: {
  method: string;
  path: string;
  query: URLSearchParams;
  requestBody?: unknown;
  status?: number | undefined;
  responseBody?: unknown;
}) => string[];

/** More than any story holds; a long simulation loses its oldest. */
export const RECORDS_MAX = 50_000;

export class Exchanges {
  /** Oldest first. */
  readonly log: Exchange[] = [];
  readonly violations: string[] = [];
  private readonly validate: ExchangeCheck | undefined;
  private readonly keeps: Keeps;
  private readonly listener: (exchange: Exchange) => void;

  constructor(validate: ExchangeCheck | undefined, keeps: Keeps | undefined, listener: (exchange: Exchange) => void) {
    this.validate = validate;
    this.keeps = keeps ?? "log";
    this.listener = listener;
  }

  /** Answers, and keeps what was answered; a connection that broke is kept without a status. */
  async record(request: RecordedRequest, answer: () => Promise<Response>): Promise<Response> {
    if (this.keeps === "nothing") return answer();
    const { at, method, path, query, body, fault } = request;
    const requestBody = body === undefined ? {} : { requestBody: body };
    const exchange: Exchange = { at, method, path, query: query.toString(), fault, ...requestBody };
    try {
      const response = await answer();
      exchange.status = response.status;
      exchange.responseBody = await bodyOf(response.clone());
      return response;
    } finally {
      this.log.push(exchange);
      if (this.log.length > RECORDS_MAX) this.log.shift();
      this.check(exchange, query);
      this.listener(exchange);
    }
  }

  /** Of a fault's answer nothing is asked; the request must be right all the same. */
  private check({ method, path, requestBody, status, responseBody, fault }: Exchange, query: URLSearchParams): void {
    if (this.validate === undefined || path.startsWith("/_logs/")) return;
    const answered = fault ? {} : { status, responseBody };
    this.violations.push(...this.validate({ method, path, query, requestBody, ...answered }));
  }
}

export type RecordedRequest = SeenRequest & { at: number; fault: boolean };

async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === "") return undefined;
  return response.headers.get("content-type")?.startsWith("application/json") ? JSON.parse(text) : text;
}
