import { expect, it } from "vitest";
import { systemClock } from "./clock.ts";

it("sleeps until its time, or until the signal's reason", async () => {
  await expect(systemClock.sleep(1)).resolves.toBeUndefined();
  const abort = new AbortController();
  const sleeping = systemClock.sleep(600_000, abort.signal);
  const reason = new Error("stopped");
  abort.abort(reason);
  await expect(sleeping).rejects.toBe(reason);
  await expect(systemClock.sleep(600_000, abort.signal)).rejects.toBe(reason);
});
