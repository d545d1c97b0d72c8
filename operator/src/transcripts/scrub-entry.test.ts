import type { Finding, JournalEntry } from "@sre-agent/crds";
import { createPseudonyms } from "@sre-agent/redaction";
import { describe, expect, it } from "vitest";
import { createScrub } from "../scrub.ts";
import { REPORT } from "../test/scripted-agent.ts";
import { scrubEntry } from "./scrub-entry.ts";

const scrub = createScrub(createPseudonyms(new Uint8Array(32)));
const at = "2026-01-01T00:00:00.000Z";
const SECRET = "ghp_abcdefghijklmnopqrstuvwxyz0123456789";
const CALL_ID = "call_Qx7Zk29fLmN0pRsT8uVwXy12";
const usage = { inputTokens: 1, outputTokens: 1 };

const results = (structured: unknown): JournalEntry => ({
  seq: 2,
  at,
  kind: "results",
  results: [{ callId: CALL_ID, tool: "diagnose", ok: true, text: SECRET, structured, evidence: ["ev-3f9a1c22b7"] }],
});

const finding = (value: string): Finding => ({
  id: "f-1",
  analyzer: "config",
  severity: "error",
  namespace: "shop",
  subject: { kind: "Deployment", name: "web" },
  cause: "A wrong value.",
  evidence: [{ object: { kind: "Deployment", name: "web" }, path: "log[web]", value, writableBy: "tenant" }],
  explains: [],
});

const ended = (value: string): JournalEntry => ({
  seq: 3,
  at,
  kind: "ended",
  report: { ...REPORT, findings: [finding(value)] },
});

describe("an entry before it is stored", () => {
  it.each(["evidence", "name", "id", "uid", "digest", "kind", "at", "mark", "prefix", "opaque", "callId"])(
    "loses a credential in a tool's answer under the name `%s`, text or tree",
    (name) => {
      for (const member of [SECRET, [SECRET], [{ value: SECRET }]]) {
        const stored = scrubEntry(results({ items: [{ [name]: member }] }), undefined, scrub);
        expect(stored.kind).toBe("results");
        expect(JSON.stringify(stored)).not.toContain(SECRET);
      }
    },
  );

  it("loses a credential in the evidence of a finding", () => {
    const stored = scrubEntry(ended(`token ${SECRET}`), undefined, scrub);
    expect(stored.kind).toBe("ended");
    expect(JSON.stringify(stored)).not.toContain(SECRET);
  });

  it("stays the end of the run when placeholders are longer than their member may be", () => {
    const value = "password=hunter2\n".repeat(60);
    expect(scrub(value).length).toBeGreaterThan(1024);
    const stored = scrubEntry(ended(value), undefined, scrub);
    expect(stored.kind).toBe("ended");
    expect(JSON.stringify(stored)).not.toContain("hunter2");
  });

  it("keeps what ties calls and results together, and the provider's items", () => {
    const call = { id: CALL_ID, tool: "diagnose", arguments: { name: SECRET } };
    const turn: JournalEntry = { seq: 1, at, kind: "turn", calls: [call], usage, opaque: [{ encrypted: SECRET }] };
    expect(scrub(CALL_ID)).not.toBe(CALL_ID);
    const stored = scrubEntry(turn, undefined, scrub);
    expect(stored).toMatchObject({ calls: [{ id: CALL_ID }], opaque: [{ encrypted: SECRET }] });
    expect(JSON.stringify(stored.kind === "turn" && stored.calls)).not.toContain(SECRET);
    expect(scrubEntry(results({}), undefined, scrub)).toMatchObject({
      results: [{ callId: CALL_ID, evidence: ["ev-3f9a1c22b7"] }],
    });
  });

  it("keeps the run's mark, prefix and the words around the mark", () => {
    const mark = "ghp_zyxwvutsrqponmlkjihgfedcba9876543210";
    const question = `${mark} ${SECRET} ${mark}`;
    const begun: JournalEntry = { seq: 0, at, kind: "begun", backend: "b", budget: {}, prefix: mark, mark, question };
    const stored = scrubEntry(begun, mark, scrub);
    expect(stored).toMatchObject({ mark, prefix: mark });
    expect(stored.kind === "begun" && stored.question.split(mark)).toHaveLength(3);
    expect(JSON.stringify(stored)).not.toContain(SECRET);
  });
});
