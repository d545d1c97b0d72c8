import { describe, expect, it } from "vitest";
import { createFakeClock } from "../testing.ts";
import { createQueue } from "./queue.ts";

const NEVER = new AbortController().signal;

describe("queue", () => {
  it("hands a key out once however often it was added", async () => {
    const queue = createQueue({ clock: createFakeClock() });
    for (const key of ["a", "b", "a", "a"]) queue.add(key);
    expect([await queue.take(NEVER), await queue.take(NEVER), queue.size]).toEqual(["a", "b", 0]);
  });

  it("runs a key once more when it was added while in flight, never twice at a time", async () => {
    const queue = createQueue({ clock: createFakeClock() });
    queue.add("a");
    await queue.take(NEVER);
    queue.add("a");
    queue.add("a");
    expect(queue.size).toBe(0);
    queue.done("a");
    expect(queue.size).toBe(1);
    await queue.take(NEVER);
    queue.done("a");
    expect([queue.size, queue.inFlight]).toEqual([0, 0]);
  });

  it("gives a key to who waits for it", async () => {
    const queue = createQueue({ clock: createFakeClock() });
    const taken = Promise.all([queue.take(NEVER), queue.take(NEVER)]);
    queue.add("a");
    queue.add("b");
    expect(await taken).toEqual(["a", "b"]);
  });

  it("stops waiting when told, and loses no key by it", async () => {
    const queue = createQueue({ clock: createFakeClock() });
    const stop = new AbortController();
    const taken = queue.take(stop.signal);
    stop.abort(new Error("stop"));
    await expect(taken).rejects.toThrow("stop");
    queue.add("a");
    await expect(queue.take(stop.signal)).rejects.toThrow("stop");
    expect(queue.size).toBe(1);
  });

  it("adds after a delay, the earliest of several", async () => {
    const clock = createFakeClock();
    const queue = createQueue({ clock });
    queue.addAfter("a", 5_000);
    queue.addAfter("a", 1_000);
    queue.addAfter("a", 9_000);
    await clock.advance(999);
    expect([queue.size, queue.delayed]).toEqual([0, 1]);
    await clock.advance(1);
    expect([queue.size, queue.delayed, clock.sleeping]).toEqual([1, 0, 0]);
  });

  it("backs off from 1 s to 5 minutes, a key at a time, until forgotten", async () => {
    const clock = createFakeClock();
    const queue = createQueue({ clock });
    const delays: number[] = [];
    for (let i = 0; i < 11; i++) {
      delays.push(queue.addBackoff("a") / 1000);
      await clock.advance(300_000);
      await queue.take(NEVER);
      queue.done("a");
    }
    expect(delays).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    expect(queue.addBackoff("b")).toBe(1_000);
    queue.forget("a");
    expect(queue.addBackoff("a")).toBe(1_000);
  });

  it("drops its delays when closed", async () => {
    const clock = createFakeClock();
    const queue = createQueue({ clock });
    queue.addAfter("a", 1_000);
    queue.close();
    await clock.advance(2_000);
    expect([queue.size, clock.sleeping]).toEqual([0, 0]);
  });
});
