import { expect, it } from "vitest";
import { withoutForsaken } from "./forsaken.ts";

const container = (env: readonly object[]) => ({ spec: { containers: [{ name: "web", env }] } });
const A = { name: "A", value: "1" };
const B = { name: "B", value: "2" };
const C = { name: "C", value: "3" };

it("takes away what the manager applied before and applies no more, and leaves what others added", () => {
  const current = { ...container([A, B, C]), status: { ready: true } };
  expect(withoutForsaken(current, { before: container([A, B]), now: container([A]) })).toEqual({
    ...container([A, C]),
    status: { ready: true },
  });
});

it("changes nothing when nothing was applied before", () => {
  expect(withoutForsaken(container([A]), { before: undefined, now: container([]) })).toEqual(container([A]));
});
