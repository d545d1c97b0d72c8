import { createPseudonyms } from "@sre-agent/redaction";
import { createCall, readTools, serveOnStdio } from "../src/index.ts";
import { createMemoryReader } from "./memory-reader.ts";

/** The program of stdio.test.ts: read tools over a cluster in memory. A namespace `slow` answers when the call is cancelled. */

const cluster = createMemoryReader();
const pseudonym = createPseudonyms(Buffer.alloc(32, 1));
const metadata = { name: "shop", uid: "1", resourceVersion: "1", creationTimestamp: "2026-01-01T00:00:00Z" };
cluster.put({ apiVersion: "v1", kind: "Namespace", metadata });
cluster.hook = (what, signal) => {
  if (!what.endsWith(" slow")) return undefined;
  process.stderr.write("read begun\n");
  return new Promise((_, reject) => {
    signal?.addEventListener("abort", () => {
      process.stderr.write("read aborted\n");
      reject(new Error("aborted"));
    });
  });
};

const reviewer = { may: async () => ({ allowed: false, reason: "" }), authenticate: async () => undefined };
const tools = readTools({ reader: cluster.reader, reviewer, now: Date.now, pseudonym, namespace: "shop" });
serveOnStdio(
  {
    name: "test",
    version: "0.0.0",
    instructions: "Start with diagnose.",
    guides: true,
    descriptors: async () => tools.map(({ descriptor }) => descriptor),
    call: createCall({
      tools,
      reader: cluster.reader,
      reviewer,
      pseudonym,
      localCaller: { username: "me" },
      runPrincipals: [],
      now: Date.now,
      onCall: () => undefined,
    }),
  },
  (error) => process.stderr.write(`${error.message}\n`),
);
