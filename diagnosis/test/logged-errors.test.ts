import { describe, expect, test } from "vitest";
import type { Fields } from "./builders.ts";
import { app, CRASHING, editedBy, found, object, said } from "./objects.ts";

const FAILED = 'level=error msg="charge failed" error="pool exhausted"';
const lines = (count: number, ...others: readonly string[]) =>
  Array.from({ length: count }, (_, number) => [...others, `${FAILED} id=${number}`])
    .flat()
    .join("\n");

describe("a program that is ready and keeps logging an error", () => {
  test("is a warning that quotes it, with how often", () => {
    const [finding, ...others] = found(app("web"), [said("web-0", lines(5, "served"))]);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      analyzer: "logged-errors",
      severity: "warning",
      subject: { kind: "Deployment", name: "web" },
      cause: expect.stringMatching(
        /^container main is ready and keeps saying that something fails: ".*pool exhausted" id=4"$/,
      ),
      fix: { kind: "decision" },
    });
    expect(finding?.evidence.map(({ value }) => value)).toContain("5 of the last 10");
  });

  test("is the same finding, whatever the numbers in the line", () => {
    const ids = [lines(5), lines(9)].map((text) => found(app("web"), [said("web-0", text)])[0]?.id);
    expect(ids[0]).toBe(ids[1]);
  });

  test("in few of many lines is a note", () => {
    const busy = Array.from({ length: 30 }, () => "served");
    expect(found(app("web"), [said("web-0", lines(4, ...busy))])).toMatchObject([{ severity: "info" }]);
  });

  test("is a symptom where something else is wrong with it", () => {
    const env = [{ name: "MODE", valueFrom: { configMapKeyRef: { name: "settings", key: "mode" } } }];
    const settings: Fields = { metadata: editedBy("kubectl-edit", "data", "mode"), data: { mode: "b" } };
    const given = [...app("web", { container: { env } }), object("ConfigMap", "settings", settings)];
    const findings = found(given, [said("web-0", lines(5))]);
    expect(findings.map(({ analyzer }) => analyzer)).toEqual(["stale-configuration"]);
    expect(findings[0]?.explains).toContainEqual(
      expect.objectContaining({ symptom: "container main keeps logging errors" }),
    );
  });
});

describe("silent", () => {
  test.each([
    ["a pod that is not ready has its own analyzers", app("web", CRASHING), lines(5)],
    ["errors that are over", app("web"), `${lines(5)}\nserved\nserved`],
    ["a log without errors", app("web"), "sent 12 mails, error 0, failed=0\n".repeat(9)],
  ])("%s", (_, given, text) => {
    expect(found(given, [said("web-0", text)]).filter(({ analyzer }) => analyzer === "logged-errors")).toEqual([]);
  });
});
