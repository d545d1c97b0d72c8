import { describe, expect, it } from "vitest";
import { carrierIn, inSpan, seededCarrier, traceCarrier } from "./span.ts";

const TRACEPARENT = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;

describe("a trace", () => {
  it("is named alike by everybody who knows the seed, and otherwise by nobody", () => {
    expect(seededCarrier("run-1")).toEqual(seededCarrier("run-1"));
    expect(seededCarrier("run-1")).not.toEqual(seededCarrier("run-2"));
    expect(carrierIn(seededCarrier("run-1"))).toEqual(seededCarrier("run-1"));
  });

  it.each([
    ["nothing", undefined],
    ["no trace", {}],
    ["a number", { traceparent: 1 }],
    ["another form", { traceparent: "00-1-2-3" }],
    ["something behind it", { traceparent: `${TRACEPARENT}\r\nx: y` }],
  ])("is not read from %s", (_case, members) => {
    expect(carrierIn(members)).toBeUndefined();
  });

  it("is read with its state, as long as that is text of a line", () => {
    expect(carrierIn({ traceparent: TRACEPARENT, tracestate: "a=b" })).toEqual({
      ...{ traceparent: TRACEPARENT, tracestate: "a=b" },
    });
    expect(carrierIn({ traceparent: TRACEPARENT, tracestate: "a\nb" })).toEqual({ traceparent: TRACEPARENT });
  });

  it("is not sent along while nothing collects spans, and the work is done all the same", async () => {
    const work = inSpan("x", { kind: "internal", attributes: {} }, async (span) => {
      span.set({ a: 1 });
      span.fail("none");
      return traceCarrier();
    });
    expect(await work).toEqual({});
  });
});
