/**
 * An ntfy server: POST or PUT /<topic> with the message as the body and the rest in headers, or POST / with all of it as
 * JSON. Refusals are {code, http, error}:
 *
 *   a topic's name past its letters ...... 400 40009
 *   JSON that is none .................... 400 40024
 *   no priority of 1 to 5 ................ 400 40007
 *   actions past their form or number .... 400 40018
 *   title over 1 KB, tags over 512 B ..... 400 40000
 *   a JSON body over 8 KB ................ 413 41303
 *   anonymous, where a token is wanted ... 403 40301
 *   another token ........................ 401 40101
 *
 * GET /v1/health says whether the server is well, to anybody; GET /<topic>/auth whether the caller may read the topic.
 * A message over 4,096 bytes is not refused: it arrives as an attachment, with a stock text. A sequence id seen before
 * updates that notification in place.
 */
import type { Asked, Keeps } from "../exchange.ts";
import { OnWire } from "../on-wire.ts";
import { NtfyRefusal, type Publication, publicationOf } from "./publication.ts";

export interface NtfyMessage extends Publication {
  id: string;
  time: number;
  /** The message was too long and came as a file. */
  attachment: boolean;
  updates: number;
}

export interface FakeNtfyOptions {
  /** Milliseconds. */
  now: () => number;
  keeps?: Keeps;
  /** Null: anybody may publish. */
  token: string | null;
}

const MESSAGE_BYTES_MAX = 4096;

export class FakeNtfy extends OnWire {
  readonly messages: NtfyMessage[] = [];
  readonly #options: FakeNtfyOptions;
  #published = 0;

  constructor(options: FakeNtfyOptions) {
    super(options);
    this.#options = options;
  }

  handle(request: Request): Promise<Response> {
    return this.wire.exchange(request, (asked) => this.#serve(asked));
  }

  #serve(asked: Asked): Response {
    try {
      if (asked.method === "GET") return this.#read(asked);
      const publication = publicationOf(asked);
      this.#authorise(asked);
      return Response.json(view(this.#publish(publication)));
    } catch (error) {
      if (!(error instanceof NtfyRefusal)) throw error;
      const { code, message } = error;
      const http = Math.floor(code / 100);
      return Response.json({ code, http, error: message }, { status: http });
    }
  }

  #read(asked: Asked): Response {
    if (asked.path === "/v1/health") return Response.json({ healthy: true });
    if (!/^\/[-_A-Za-z0-9]{1,64}\/auth$/.test(asked.path)) throw new NtfyRefusal(40401, "page not found");
    this.#authorise(asked);
    return Response.json({ success: true });
  }

  #authorise({ headers }: Asked): void {
    const { token } = this.#options;
    if (token === null) return;
    const given = headers.get("authorization");
    if (given === null) throw new NtfyRefusal(40301, "forbidden");
    if (given !== `Bearer ${token}`) throw new NtfyRefusal(40101, "unauthorized");
  }

  #publish(publication: Publication): NtfyMessage {
    const attachment = new TextEncoder().encode(publication.message).length > MESSAGE_BYTES_MAX;
    const message = attachment ? "You received a file: attachment.txt" : publication.message;
    const time = Math.floor(this.#options.now() / 1000);
    const { topic, sequenceId } = publication;
    const there = this.messages.find((each) => each.topic === topic && each.sequenceId === sequenceId);
    if (sequenceId !== null && there !== undefined)
      return Object.assign(there, publication, { message, attachment, time, updates: there.updates + 1 });
    this.#published += 1;
    const id = `ntfy${String(this.#published).padStart(8, "0")}`;
    const fresh = { ...publication, message, attachment, id, time, updates: 0 };
    this.messages.push(fresh);
    return fresh;
  }
}

function view({ id, time, topic, title, message, priority, tags, click, actions, sequenceId }: NtfyMessage) {
  return {
    id,
    time,
    expires: time + 12 * 60 * 60,
    event: "message",
    topic,
    ...(title === null ? {} : { title }),
    message,
    ...(priority === 3 ? {} : { priority }),
    ...(tags.length === 0 ? {} : { tags }),
    ...(click === null ? {} : { click }),
    ...(actions.length === 0 ? {} : { actions }),
    ...(sequenceId === null ? {} : { sequence_id: sequenceId }),
  };
}
