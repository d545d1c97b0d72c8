import { expect, it } from "vitest";
import { aborted } from "./aborted.ts";

it("resolves at the abort, and at once when it came before", async () => {
  const controller = new AbortController();
  let isOver = false;
  const waiting = aborted(controller.signal).then(() => {
    isOver = true;
  });
  await Promise.resolve();
  expect(isOver).toBe(false);
  controller.abort();
  await waiting;
  await aborted(controller.signal);
  expect(isOver).toBe(true);
});
