/** The last lines of a job's log, from a stream that may be far longer than we keep. */
const TAIL_BYTES_MAX = 64 * 1024;

/** Colours, cursor moves and links of a terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what these sequences begin with
const ANSI = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;

export async function tailOfStream(stream: ReadableStream<Uint8Array>, lines: number): Promise<string> {
  let kept: Uint8Array[] = [];
  let keptBytes = 0;
  for await (const chunk of stream) {
    kept.push(chunk);
    keptBytes += chunk.byteLength;
    if (keptBytes < 2 * TAIL_BYTES_MAX) continue;
    kept = [lastBytes(kept, keptBytes)];
    keptBytes = TAIL_BYTES_MAX;
  }
  return tailOfText(new TextDecoder().decode(lastBytes(kept, keptBytes)), lines);
}

function tailOfText(text: string, lines: number): string {
  const all = text.replaceAll(ANSI, "").replaceAll("\r\n", "\n").replace(/\n+$/, "").split("\n");
  return all.slice(-lines).join("\n");
}

function lastBytes(chunks: Uint8Array[], bytes: number): Uint8Array {
  const all = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.byteLength;
  }
  return all.slice(-TAIL_BYTES_MAX);
}
