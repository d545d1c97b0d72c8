import { describe, expect, it } from "vitest";
import { hostedOver, turnInput } from "../../test/hosted.ts";
import { startWireDouble } from "../../test/wire-double/wire-double.ts";

describe("a hosted model", () => {
  it("is asked so many times at once, whatever runs the turns are of", async () => {
    const report = { decision: "manual", rationale: "Look.", rootCause: null, claims: [], gaps: [] };
    const then = { content: JSON.stringify(report) };
    const released = Promise.withResolvers<void>();
    const double = await startWireDouble([{ until: released.promise, then }, then]);
    // One that comes too early ends the wait of the first; without one it ends by itself.
    double.onRequest(() => (double.requests.length > 1 ? released.resolve() : setTimeout(released.resolve, 300)));
    const model = hostedOver(double, { concurrency: 1 });
    const early = released.promise.then(() => double.requests.length);
    const turns = await Promise.all([1, 2, 3].map(() => model.turn(turnInput())));
    expect(turns).toMatchObject([{ report }, { report }, { report }]);
    expect(await early).toBe(1);
    expect(double.requests).toHaveLength(3);
    await double.stop();
  });
});
