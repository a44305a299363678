/** An address with a port as a URL has it, and one at which this machine reaches itself. */
import { isIPv6 } from "node:net";

export function origin(host: string, port: number): string {
  return `http://${authority(host, port)}`;
}

export function authority(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** All addresses are none that could be asked. */
export function ownOrigin(host: string, port: number): string {
  return origin(host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host, port);
}
