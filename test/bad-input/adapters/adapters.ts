/** Every adapter there is. */
import type { Adapter } from "./adapter.ts";
import { forgejo } from "./forgejo.ts";
import { github } from "./github.ts";
import { notifiers } from "./notifiers.ts";
import { t3 } from "./t3.ts";

export const ADAPTERS: Adapter[] = [...github, ...forgejo, ...t3, ...notifiers];
