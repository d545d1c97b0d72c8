import { expect, test } from "vitest";
import { diagnose } from "../src/index.ts";
import { crashing, deployment, type Fields, snapshot } from "./builders.ts";

/** A container that a revision brought or took away is one change, not each of its fields. */
const sentence = (before: Fields, after: Fields) => {
  const findings = diagnose(
    snapshot(
      deployment([
        { container: before, pods: [{}] },
        { container: after, pods: [crashing(1)] },
      ]),
    ),
  );
  return findings[0]?.cause.replace(/^.*; (?=revision)/, "");
};
const full = {
  image: "app:1",
  command: ["sh", "-c", "run"],
  env: [{ name: "MODE", value: "fast" }],
  workingDir: "/srv",
};

test("a container under another name is told as a whole", () => {
  expect(sentence({}, { name: "app", ...full })).toBe(
    "revision 2 added container app (image app:1) and removed container web (image app:1)",
  );
});

test("fields of a container that stays are told each", () => {
  expect(sentence({ image: "app:1" }, { image: "app:2" })).toBe(
    "revision 2 changed spec.template.spec.containers[web].image from app:1 to app:2",
  );
});
