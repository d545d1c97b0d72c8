import { API_VERSION, type JournalEntry, type SreInvestigation } from "@sre-agent/crds";
import type { KubeObject } from "@sre-agent/kube";
import { describe, expect, it } from "vitest";
import { MemoryCluster } from "../test/cluster.ts";
import { readJournal } from "./chunk.ts";
import { appendEntries, readChunks } from "./transcript-store.ts";

const note = (seq: number, message: string): JournalEntry => {
  return { seq, at: "2026-01-01T00:00:00Z", kind: "note", code: "N", message };
};
const { signal } = new AbortController();

function stored() {
  const cluster = new MemoryCluster({ now: () => 0 });
  const run = cluster.put({
    apiVersion: API_VERSION,
    kind: "SreInvestigation",
    metadata: { name: "inv", namespace: "shop" },
    spec: { target: { kind: "Namespace" }, symptom: "slow" },
  });
  return { cluster, run: run as unknown as SreInvestigation & KubeObject };
}

describe("the stored transcript", () => {
  it("takes the same entries twice and stores them once, owned by the run", async () => {
    const { cluster, run } = stored();
    const first = await appendEntries(cluster, run, { chunks: [], entries: [note(0, "a")] });
    expect(await appendEntries(cluster, run, { chunks: [], entries: [note(0, "a")] })).toEqual(first);
    expect(await readChunks(cluster, run, signal)).toEqual(first);
    const [object] = cluster.list("SreTranscript");
    expect(object?.metadata.ownerReferences?.[0]).toMatchObject({ kind: "SreInvestigation", uid: "uid-inv" });
  });

  it("keeps what was stored first when another content comes for the same place", async () => {
    const { cluster, run } = stored();
    await appendEntries(cluster, run, { chunks: [], entries: [note(0, "first")] });
    const late = appendEntries(cluster, run, { chunks: [], entries: [note(0, "late")] });
    await expect(late).rejects.toMatchObject({ code: "ALREADY_EXISTS" });
    expect(readJournal(await readChunks(cluster, run, signal))).toMatchObject([{ message: "first" }]);
  });

  it("does not read chunks of an earlier run of the same name", async () => {
    const { cluster, run } = stored();
    await appendEntries(cluster, run, { chunks: [], entries: [note(0, "a")] });
    const reborn = { ...run, metadata: { ...run.metadata, uid: "uid-reborn" } };
    expect(await readChunks(cluster, reborn, signal)).toEqual([]);
  });
});
