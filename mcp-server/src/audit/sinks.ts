import { type FileHandle, open } from "node:fs/promises";
import type { Writable } from "node:stream";
import type { AuditSink } from "./audit-log.ts";
import type { AuditHead } from "./audit-record.ts";

/** More than the longest record. */
const TAIL_BYTES = 64 * 1024;

export interface FileSink extends AuditSink {
  /** The last record that an earlier process stored, to go on from. */
  readonly head: Pick<AuditHead, "sequence" | "hash"> | undefined;
  close(): Promise<void>;
}

/**
 * Appends to a file; each line is on the disk before `append` resolves. A last line that a crash cut short is taken
 * off: nobody was told that it is stored, and nothing may follow it.
 */
export async function createFileSink(path: string): Promise<FileSink> {
  const file = await open(path, "a+", 0o600);
  return {
    head: await wholeHead(file),
    async append(line) {
      await file.appendFile(line);
      await file.datasync();
    },
    close: () => file.close(),
  };
}

async function wholeHead(file: FileHandle): Promise<FileSink["head"]> {
  const { size } = await file.stat();
  const start = Math.max(0, size - TAIL_BYTES);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
  const whole = buffer.subarray(0, bytesRead).lastIndexOf("\n") + 1;
  if (whole < bytesRead) await file.truncate(start + whole);
  const line = buffer.toString("utf8", 0, whole).trimEnd().split("\n").at(-1);
  return line ? headIn(line) : undefined;
}

/** What is no record is left for the check of the chain to find. */
function headIn(line: string): FileSink["head"] {
  try {
    const { sequence, hash } = JSON.parse(line) as Partial<AuditHead>;
    return typeof sequence === "number" && typeof hash === "string" ? { sequence, hash } : undefined;
  } catch {
    return undefined;
  }
}

/** Writes to a stream, such as stdout where a collector keeps it. Resolves when the operating system took the line. */
export function createStreamSink(stream: Writable): AuditSink {
  return {
    append: (line) =>
      new Promise((resolve, reject) => {
        stream.write(line, (error) => (error ? reject(error) : resolve()));
      }),
  };
}
