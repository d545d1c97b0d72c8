import { describe, expect, it } from "vitest";
import { createFakeClock, type FakeClock } from "../testing.ts";
import { type ControllerOptions, createController, type Requeue } from "./controller.ts";
import { createQueue } from "./queue.ts";

const DONE: Requeue = { kind: "done" };

function start(clock: FakeClock, options: Pick<ControllerOptions, "reconcile"> & Partial<ControllerOptions>) {
  const queue = createQueue({ clock });
  const errors: string[] = [];
  const stop = new AbortController();
  const controller = createController({
    queue,
    clock,
    onError: (key, error, retryInMs) =>
      errors.push(`${key} ${error instanceof Error ? error.message : error} ${retryInMs}`),
    ...options,
  });
  return { queue, errors, stop, ended: controller.run(stop.signal) };
}

describe("controller", () => {
  it("reconciles each key, and again after the asked delay", async () => {
    const clock = createFakeClock();
    const seen: string[] = [];
    const { queue } = start(clock, {
      async reconcile(key) {
        seen.push(key);
        return key === "later" && seen.length < 3 ? { kind: "retryAfter", ms: 10_000, reason: "Polling" } : DONE;
      },
    });
    queue.add("later");
    queue.add("once");
    await clock.advance(9_999);
    expect(seen).toEqual(["later", "once"]);
    await clock.advance(1);
    expect(seen).toEqual(["later", "once", "later"]);
    expect(queue.delayed).toBe(0);
  });

  it("tries a thrown error again after the key's growing backoff, and forgets it on success", async () => {
    const clock = createFakeClock();
    let failing = true;
    const { queue, errors } = start(clock, {
      async reconcile() {
        if (failing) throw new Error("no");
        return DONE;
      },
    });
    queue.add("a");
    await clock.advance(1_000);
    expect(errors).toEqual(["a no 1000", "a no 2000"]);
    failing = false;
    await clock.advance(2_000);
    failing = true;
    queue.add("a");
    await clock.advance(0);
    expect(errors.at(-1)).toBe("a no 1000");
  });

  it("does not try a terminal key again by itself", async () => {
    const clock = createFakeClock();
    let runs = 0;
    const { queue } = start(clock, {
      async reconcile() {
        runs += 1;
        return { kind: "terminal", reason: "InvalidSpec" };
      },
    });
    queue.add("a");
    await clock.advance(3_600_000);
    expect(runs).toBe(1);
    queue.add("a");
    await clock.advance(0);
    expect(runs).toBe(2);
  });

  it("aborts a reconcile that takes too long and counts it as failed", async () => {
    const clock = createFakeClock();
    const { queue, errors } = start(clock, { timeoutMs: 5_000, reconcile: (_key, signal) => untilAborted(signal) });
    queue.add("a");
    await clock.advance(4_999);
    expect(errors).toEqual([]);
    await clock.advance(1);
    expect(errors).toEqual(["a it took longer than 5 s 1000"]);
  });

  it("works on as many keys at once as it has workers", async () => {
    const clock = createFakeClock();
    let atOnce = 0;
    const { queue } = start(clock, {
      workers: 2,
      async reconcile() {
        atOnce += 1;
        await clock.sleep(1_000);
        return DONE;
      },
    });
    for (const key of ["a", "b", "c"]) queue.add(key);
    await clock.advance(0);
    expect([atOnce, queue.inFlight, queue.size]).toEqual([2, 2, 1]);
  });

  it("drains what is under way when stopped and takes nothing more", async () => {
    const clock = createFakeClock();
    const finished: string[] = [];
    const { queue, stop, ended } = start(clock, {
      async reconcile(key) {
        await clock.sleep(3_000);
        finished.push(key);
        return DONE;
      },
    });
    queue.add("a");
    queue.add("b");
    await clock.advance(0);
    stop.abort();
    await clock.advance(3_000);
    await ended;
    expect([finished, clock.sleeping]).toEqual([["a"], 0]);
  });

  it("ends even when a reconcile ignores everything", async () => {
    const clock = createFakeClock();
    const { queue, stop, ended } = start(clock, { drainMs: 2_000, reconcile: () => new Promise(() => undefined) });
    queue.add("a");
    await clock.advance(0);
    stop.abort();
    await clock.advance(3_000);
    await ended;
    expect(queue.inFlight).toBe(1);
  });
});

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}
