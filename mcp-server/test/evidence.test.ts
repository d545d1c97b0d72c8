import { EVIDENCE_META_KEY } from "@sre-agent/crds";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEvidenceStore } from "../src/reply/evidence-store.ts";
import { type Calls, codeOf, startCalls, textOf } from "./calls.ts";

let calls: Calls;

beforeAll(async () => {
  calls = await startCalls();
  const annotations = Object.fromEntries(
    Array.from({ length: 400 }, (_, index) => [`example.com/a${String(index).padStart(3, "0")}`, `value ${index}`]),
  );
  calls.sandbox.apply(
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } },
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "large", namespace: "shop", annotations }, data: {} },
  );
});
afterAll(() => calls.stop());

const get = { kind: "ConfigMap", name: "large", namespace: "shop" };

describe("a reply that is cut", () => {
  it("names the evidence and the line where the rest can be read, and it can", async () => {
    const text = textOf(await calls.call("resource_get", get));
    const [, left, id, from] = /… (\d+) more lines left out; evidence_read id (ev-\w+) from (\d+)/.exec(text) ?? [];
    expect(Number(left)).toBeGreaterThan(10);
    const before = /example\.com\/a(\d+): value \d+\n…/.exec(text)?.[1];
    const rest = textOf(await calls.call("evidence_read", { id, from: Number(from), lines: 1 }));
    expect(rest).toContain(`${from}:     example.com/a${String(Number(before) + 1).padStart(3, "0")}`);
    expect(rest).toContain(`${Number(left) - 1} more: call again with from ${Number(from) + 1}`);
  });

  it("is read in pages that are bounded in bytes, however many lines are wanted", async () => {
    const reply = await calls.call("resource_get", get);
    const [id] = reply._meta[EVIDENCE_META_KEY] as string[];
    const page = textOf(await calls.call("evidence_read", { id, lines: 500 }));
    expect(Buffer.byteLength(page)).toBeLessThan(6_000);
    const [, next] = /\d+ more: call again with from (\d+)/.exec(page) ?? [];
    expect(page).toContain(`\n${Number(next) - 1}: `);
    expect(page).not.toContain(`\n${next}: `);
  });

  it("can be searched", async () => {
    const reply = await calls.call("resource_get", get);
    const [id] = reply._meta[EVIDENCE_META_KEY] as string[];
    const found = textOf(await calls.call("evidence_read", { id, grep: "a399" }));
    expect(found).toMatch(/, 1 with "a399"\n\d+:\s+example\.com\/a399: value 399$/);
    expect(textOf(await calls.call("evidence_read", { id, grep: "nothing" }))).toContain("No line there.");
  });

  it("is read by nobody but the one who was shown it", async () => {
    const reply = await calls.call("resource_get", get, { as: "ann" });
    const [id] = reply._meta[EVIDENCE_META_KEY] as string[];
    expect((await calls.call("evidence_read", { id }, { as: "ann" })).isError).toBeUndefined();
    const other = await calls.call("evidence_read", { id }, { as: "bob" });
    expect([codeOf(other), textOf(other)]).toEqual(["EVIDENCE_GONE", expect.stringContaining("Repeat the call")]);
  });
});

describe("what is kept", () => {
  const bounds = { ttlMs: 1_000, maxEntries: 3, maxEntriesPerOwner: 2, maxBytes: 100, maxEntryBytes: 40 };
  const entry = (id: string, text = id) => ({ id, text, call: `pod_logs ${id}` });

  it("is given up after its time, and the call that makes it anew is named", () => {
    let nowMs = 0;
    const store = createEvidenceStore({ ...bounds, now: () => nowMs });
    store.keep("ann", entry("ev-1"));
    nowMs = 1_000;
    expect(store.read("ann", "ev-1").kept?.text).toBe("ev-1");
    nowMs = 1_001;
    expect(store.read("ann", "ev-1")).toEqual({ kept: undefined, call: "pod_logs ev-1" });
  });

  it("is bounded for an owner, in all, and for one entry, the oldest going first", () => {
    const store = createEvidenceStore({ ...bounds, now: () => 0 });
    for (const id of ["ev-1", "ev-2", "ev-3"]) store.keep("ann", entry(id));
    expect(store.read("ann", "ev-1").kept).toBeUndefined();
    expect(store.read("ann", "ev-3").kept).toBeDefined();
    store.keep("bob", entry("ev-4"));
    store.keep("bob", entry("ev-5", `${"x".repeat(30)}\n${"y".repeat(30)}`));
    expect(store.read("bob", "ev-5").kept).toMatchObject({ text: "x".repeat(30), cut: true });
    expect(store.read("ann", "ev-2").kept).toBeUndefined();
    store.keep("bob", entry("ev-6", "z".repeat(40)));
    store.keep("cid", entry("ev-7", "z".repeat(40)));
    expect(store.read("bob", "ev-5").kept).toBeUndefined();
    expect(store.read("cid", "ev-7").kept).toBeDefined();
  });
});
