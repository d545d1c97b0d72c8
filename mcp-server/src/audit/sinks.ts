import { open } from "node:fs/promises";
import type { Writable } from "node:stream";
import type { AuditSink } from "./audit-log.ts";

/** Appends to a file; each line is on the disk before `append` resolves. */
export async function createFileSink(path: string): Promise<AuditSink & { close(): Promise<void> }> {
  const file = await open(path, "a", 0o600);
  return {
    async append(line) {
      await file.appendFile(line);
      await file.datasync();
    },
    close: () => file.close(),
  };
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
