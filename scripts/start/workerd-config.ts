/**
 * The configuration that workerd serves, in its own text format. It names settings and never holds a value of one: workerd
 * reads them from its environment, so that no secret lies on the disk or on a command line.
 *
 *   app         the bundle, its objects' state on disk, on the socket "http"
 *   trampoline  calls the app's scheduled handler, which no socket can reach by itself, on the socket "sweep"; before it
 *               it tells the fleet how much room the disk has, which no worker can see
 */
export interface WorkerdConfig {
  /** Absolute; must exist. */
  stateDir: string;
  settingNames: string[];
  /** Trusted beside the system's store, each as PEM. */
  certificates: string[];
}

/** As wrangler.toml says it for Cloudflare; a test compares the two. */
export const compatibilityDate = "2026-10-30";
export const objects = { LEDGERS: "RepoLedger", FLEET: "Fleet" };
/** The fleet keeps an App's tokens in memory, from one sweep to the next. */
const lasting = ["Fleet"];

export function workerdConfig(config: WorkerdConfig): string {
  const classes = Object.values(objects).map(
    (name) =>
      `(className = "${name}", uniqueKey = "afk-loop-${name}", enableSql = true, preventEviction = ${lasting.includes(name)})`,
  );
  const bindings = [
    ...Object.entries(objects).map(
      ([name, className]) => `(name = "${name}", durableObjectNamespace = "${className}")`,
    ),
    ...config.settingNames.map((name) => `(name = "${name}", fromEnvironment = "${name}")`),
  ];
  const trusted = config.certificates.map(quoted).join(", ");
  const tls = `trustBrowserCas = true${trusted === "" ? "" : `, trustedCertificates = [${trusted}]`}`;
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "app", worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")],
      compatibilityDate = "${compatibilityDate}",
      bindings = [${list(bindings)}],
      durableObjectNamespaces = [${list(classes)}],
      durableObjectStorage = (localDisk = "state"),
      globalOutbound = "outbound",
    )),
    (name = "trampoline", worker = (
      modules = [(name = "trampoline.js", esModule = embed "trampoline.js")],
      compatibilityDate = "${compatibilityDate}",
      compatibilityFlags = ["service_binding_extra_handlers"],
      bindings = [
        (name = "APP", service = "app"),
        (name = "FLEET", durableObjectNamespace = (className = "Fleet", serviceName = "app")),
      ],
    )),
    (name = "outbound", network = (allow = ["public", "private", "local"], tlsOptions = (${tls}))),
    (name = "state", disk = (path = ${quoted(config.stateDir)}, writable = true)),
  ],
  sockets = [
    (name = "http", http = (), service = "app"),
    (name = "sweep", address = "127.0.0.1:0", http = (), service = "trampoline"),
  ],
);
`;
}

/** The trampoline's whole source. */
export const trampoline = `export default {
  async fetch(request, env) {
    const told = await request.json().catch(() => null);
    if (told === null) return new Response("the body is no JSON", { status: 400 });
    const { freeBytes } = told;
    if (typeof freeBytes === "number") await env.FLEET.getByName("fleet").disk(freeBytes).catch(() => {});
    const began = Date.now();
    const { outcome } = await env.APP.scheduled({ scheduledTime: new Date(began), cron: "* * * * *" });
    return Response.json({ outcome, ms: Date.now() - began });
  },
};
`;

function list(items: string[]): string {
  return items.map((item) => `\n        ${item},`).join("");
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\r", "")}"`;
}
