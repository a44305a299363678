import { createHash } from "node:crypto";

/** The platform's SHA-256, in hexadecimal digits. */
export const digest = (text: string) => createHash("sha256").update(text).digest("hex");
