import { describe, expect, it } from "vitest";
import { atMost } from "./at-most.ts";

const { signal } = new AbortController();

describe("atMost", () => {
  it("runs so many at a time, the others in order, and goes on after one that failed", async () => {
    const limited = atMost(2);
    const begun: number[] = [];
    const gates = Array.from({ length: 4 }, () => Promise.withResolvers<number>());
    const runs = gates.map(({ promise }, index) =>
      limited(() => {
        begun.push(index);
        return promise;
      }, signal),
    );
    const settled = Promise.allSettled(runs);
    expect(begun).toEqual([0, 1]);
    gates[1]?.reject(new Error("failed"));
    await runs[1]?.catch(() => undefined);
    expect(begun).toEqual([0, 1, 2]);
    const late = limited(async () => begun.push(4), signal);
    expect(begun).toEqual([0, 1, 2]);
    for (const { resolve } of gates) resolve(1);
    expect((await settled).map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "fulfilled"]);
    await late;
    expect(begun).toEqual([0, 1, 2, 3, 4]);
  });

  it("lets one that aborts leave the line without a place lost", async () => {
    const limited = atMost(1);
    const first = Promise.withResolvers<string>();
    const running = limited(() => first.promise, signal);
    const abort = new AbortController();
    const gone = limited(async () => "never", abort.signal);
    const next = limited(async () => "next", signal);
    abort.abort(new Error("gone"));
    await expect(gone).rejects.toThrow("gone");
    first.resolve("first");
    expect(await Promise.all([running, next])).toEqual(["first", "next"]);
    expect(await limited(async () => "free", signal)).toBe("free");
  });
});
