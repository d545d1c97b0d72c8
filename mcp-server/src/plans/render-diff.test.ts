import { expect, test } from "vitest";
import { renderDiff } from "./render-diff.ts";

const labels = (value: string, count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`a${index}`, value]));
const template = (image: string, tag: string, count: number) => ({
  metadata: { labels: labels(tag, count) },
  spec: { containers: [{ name: "web", image }] },
});

test("shows what a container runs before labels, however many of those change", () => {
  const lines = renderDiff(template("web:1", "x", 30), template("evil:1", "y", 30));
  expect(lines.slice(0, 2)).toEqual([
    "- spec.template.spec.containers[web].image: web:1",
    "+ spec.template.spec.containers[web].image: evil:1",
  ]);
  expect(lines).toHaveLength(62);
});

test("ends within its bound, and says how much more there is", () => {
  const lines = renderDiff(template("web:1", "x", 1_000), template("evil:1", "y", 1_000));
  expect(lines.join("\n").length).toBeLessThan(12_100);
  expect(lines[1]).toContain("evil:1");
  const shown = (lines.length - 1) / 2;
  expect(lines.at(-1)).toBe(`… and ${1_001 - shown} more fields`);
});
