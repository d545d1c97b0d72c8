import type { AccessQuestion } from "@sre-agent/kube";
import { createPseudonyms } from "@sre-agent/redaction";
import { createCall, readTools, type WireReply } from "../src/index.ts";
import { createMemoryReader, type MemoryReader } from "./memory-reader.ts";

export const NOW = Date.UTC(2026, 0, 1, 12);

export interface MemoryCalls {
  readonly cluster: MemoryReader;
  /** What the reviewer is asked over HTTP; absent: stdio, where nobody is asked. */
  allows: ((question: AccessQuestion) => boolean) | undefined;
  call(name: string, args?: object): Promise<WireReply>;
}

/** The read tools over a cluster that is a list of objects. */
export function createMemoryCalls(): MemoryCalls {
  const cluster = createMemoryReader();
  const pseudonym = createPseudonyms(Buffer.alloc(32, 7));
  const calls: MemoryCalls = {
    cluster,
    allows: undefined,
    call(name, args = {}) {
      const reviewer = {
        may: async (question: AccessQuestion) => ({ allowed: calls.allows?.(question) ?? false, reason: "" }),
        authenticate: async () => undefined,
      };
      const local = calls.allows === undefined ? { localCaller: { username: "me" } } : {};
      return createCall({
        tools: readTools({ reader: cluster.reader, reviewer, now: () => NOW, pseudonym, namespace: "shop" }),
        reader: cluster.reader,
        reviewer,
        pseudonym,
        ...local,
        runPrincipals: [],
        now: () => NOW,
        onCall: () => undefined,
      })({ name, args, meta: undefined, principal: { username: "ann" }, signal: new AbortController().signal });
    },
  };
  return calls;
}

/** The time so many minutes before noon. */
export const ago = (minutes: number) => new Date(NOW - minutes * 60_000).toISOString().replace(".000", "");
