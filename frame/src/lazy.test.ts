import { expect, it } from "vitest";
import { lazy } from "./lazy.ts";

it("makes a value once for all who ask, and makes one anew that could not be made", async () => {
  const tries = [Promise.withResolvers<string>(), Promise.withResolvers<string>()] as const;
  let made = 0;
  const value = lazy(async () => tries[made++ === 0 ? 0 : 1].promise);
  expect(value.made).toBeUndefined();
  const both = Promise.allSettled([value.get(), value.get()]);
  tries[0].reject(new Error("away"));
  expect((await both).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect([made, value.made]).toEqual([1, undefined]);
  const again = value.get();
  tries[1].resolve("here");
  expect(await again).toBe("here");
  expect(value.made).toBe(again);
  expect(await value.get()).toBe("here");
  expect(made).toBe(2);
});
