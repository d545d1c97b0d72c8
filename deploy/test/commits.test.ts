import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const script = join(import.meta.dirname, "../../.github/check-commits.mjs");
const check = (...subjects: readonly string[]) =>
  spawnSync(process.execPath, [script], { input: `${subjects.join("\n")}\n`, encoding: "utf8" });

describe("the check of commit subjects", () => {
  it("accepts Conventional Commits and what a merge button writes", () => {
    const { status, stdout } = check("feat(crds): a new kind", "fix!: the old one is gone", "Merge pull request #1");
    expect({ status, stdout }).toEqual({ status: 0, stdout: "2 commits, 0 faults\n" });
  });

  it.each([
    "Add a new kind",
    "feature: a new kind",
    "feat(CRDs): a new kind",
    "feat:no space",
    `fix: ${"x".repeat(150)}`,
  ])('refuses "%s" and says why', (subject) => {
    const { status, stderr } = check("fix: good", subject);
    expect(status).toBe(1);
    expect(stderr).toContain(subject);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});
