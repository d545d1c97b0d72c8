import type { Store } from "@sre-agent/kube";
import { expect, it } from "vitest";
import { createRoots } from "./roots.ts";

const known = (entries: Readonly<Record<string, string>>) => {
  const list = Object.entries(entries).map(([key, investigation]) => ({
    key,
    value: { suspended: false, open: [{ root: "uid-web", investigation }] },
  }));
  return {
    get: (key) => list.find((one) => one.key === key)?.value,
    list: () => list.map(({ value }) => value),
    keys: () => list.map(({ key }) => key),
    size: list.length,
  } satisfies Store<unknown>;
};

it("a trigger that watches nothing any more opens nothing for another, whatever its status says still", () => {
  const roots = createRoots(known({ "shop/first": "first-1" }));
  expect(roots.runOfOther("shop/second", "uid-web")).toBe("first-1");
  roots.note("shop/first", []);
  expect(roots.runOfOther("shop/second", "uid-web")).toBeUndefined();
});

it("nothing is kept of a trigger that is gone: what counts of it again is what is known of it", () => {
  const roots = createRoots(known({ "shop/first": "first-1" }));
  roots.note("shop/first", []);
  roots.forget("shop/first");
  expect(roots.runOfOther("shop/second", "uid-web")).toBe("first-1");
});
