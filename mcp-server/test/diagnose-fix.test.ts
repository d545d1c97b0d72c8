import type { FieldPatch, Finding } from "@sre-agent/crds";
import { describe, expect, it } from "vitest";
import { findingText, fixText } from "../src/tools/finding-text.ts";

const finding: Finding = {
  id: "1",
  analyzer: "selector",
  severity: "error",
  namespace: "shop",
  subject: { kind: "Service", name: "web" },
  cause: "Service web selects no pod",
  evidence: [],
  explains: [{ subject: { kind: "Ingress", name: "front" }, symptom: "answers 503" }],
};

describe("a finding", () => {
  it("tells what is so because of it", () => {
    expect(findingText(finding)).toBe(
      "error Service/web in shop: Service web selects no pod\n  because of this Ingress/front: answers 503",
    );
  });

  it("shows a patch one line a field, also for what comes and goes", () => {
    const patch: FieldPatch[] = [
      { path: "/spec/selector/app", from: '"wbe"', to: '"web"' },
      { path: "/spec/a", to: "1" },
      { path: "/spec/b", from: "2" },
    ];
    const fix: Finding["fix"] = { kind: "patch", target: finding.subject, patch, summary: "select app=web" };
    expect(fixText({ ...finding, fix })).toBe(
      '\n  fix (patch of Service/web): select app=web\n    /spec/selector/app: "wbe" → "web"\n    /spec/a: (absent) → 1\n    /spec/b: 2 → (removed)',
    );
    expect(fixText({ ...finding, fix: { kind: "decision", summary: "which\nport" } })).toBe(
      "\n  to decide: which port",
    );
  });
});
