/** A tar archive whose bytes depend on its content alone: names in order, one time for all, nobody's user. */

export interface Entry {
  /** With slashes. */
  path: string;
  mode: number;
  content: Uint8Array;
}

const BLOCK = 512;
/** 2000-01-01: a time before which tar calls an archive implausible would be no better. */
const MTIME_SECONDS = 946_684_800;
const PATH_BYTES_MAX = 100;

/** The archive's bytes, piece by piece: the whole does not fit twice into a small machine's memory. */
export function* tar(entries: readonly Entry[]): Generator<Uint8Array> {
  const ordered = [...entries].sort((one, other) => (one.path < other.path ? -1 : 1));
  for (const entry of ordered) {
    yield header(entry);
    yield entry.content;
    yield Buffer.alloc((BLOCK - (entry.content.length % BLOCK)) % BLOCK);
  }
  yield Buffer.alloc(2 * BLOCK);
}

function header({ path, mode, content }: Entry): Uint8Array {
  if (Buffer.byteLength(path) > PATH_BYTES_MAX) throw new Error(`too long a name for the archive: ${path}`);
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, length: number) =>
    block.write(`${value.toString(8).padStart(length - 1, "0")}\0`, at, "latin1");
  block.write(path, 0);
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(content.length, 124, 12);
  octal(MTIME_SECONDS, 136, 12);
  block.write("        0", 148, "latin1");
  block.write("ustar\u000000", 257, "latin1");
  const sum = block.reduce((total: number, byte: number) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}
