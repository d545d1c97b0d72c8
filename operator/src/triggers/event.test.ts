import { describe, expect, it } from "vitest";
import { eventsHold } from "./event.ts";
import { createEventLog, type EventObject, eventOf, type LoggedEvent } from "./event-log.ts";

const now = Date.parse("2026-01-01T01:00:00Z");
const before = (seconds: number) => new Date(now - seconds * 1000).toISOString();
const metadata = { name: "e", namespace: "shop", uid: "e", resourceVersion: "1", creationTimestamp: before(7_200) };
const base = {
  apiVersion: "v1",
  kind: "Event",
  metadata,
  involvedObject: { kind: "Pod", name: "web-1", uid: "uid-pod" },
  type: "Warning",
  reason: "BackOff",
};

/** As kubelet and controllers write it. */
const counted = (count: number, firstAgo: number, lastAgo: number): EventObject => ({
  ...base,
  count,
  firstTimestamp: before(firstAgo),
  lastTimestamp: before(lastAgo),
});

/** As the scheduler writes it. */
const series = (count: number, firstAgo: number, lastAgo: number): EventObject => ({
  ...base,
  firstTimestamp: null,
  lastTimestamp: null,
  eventTime: before(firstAgo),
  series: { count, lastObservedTime: before(lastAgo) },
});

/** The log after the same Event was seen in these states, one after the other. */
function logOf(...states: readonly EventObject[]): readonly LoggedEvent[] {
  const log = createEventLog();
  for (const state of states) log.note("shop/e", eventOf(state));
  return log.list();
}

const source = { reasons: ["BackOff"], type: "Warning" as const, atLeast: 3, quiet: "10m" };
const open = (watermarkAgo: number) => ({ eventWatermark: before(watermarkAgo) });
const closed = (watermarkAgo: number) => ({ ...open(watermarkAgo), clearedAt: before(1) });
const hold = (events: readonly LoggedEvent[], incident: object | undefined = undefined, change: object = {}) =>
  eventsHold({ ...source, ...change }, { events, incident, now });

describe("an Event as it is stored", () => {
  it.each([
    ["count", counted(5, 60, 10)],
    ["series", series(5, 60, 10)],
  ])("is read the same way when it is counted up by %s", (_, object) => {
    expect(eventOf(object)).toMatchObject({ count: 5, firstMs: now - 60_000, lastMs: now - 10_000, about: "uid-pod" });
  });

  it("counts once when it happened once, whichever API wrote it", () => {
    expect(eventOf({ ...base, eventTime: before(9) })).toMatchObject({ count: 1, lastMs: now - 9_000 });
    expect(eventOf(base)).toMatchObject({ count: 1, lastMs: now - 7_200_000 });
  });
});

describe("a row of Events", () => {
  it.each([
    ["as many in one Event", [counted(3, 60, 10)]],
    ["as many in a series", [series(3, 60, 10)]],
    ["one by one", [counted(1, 60, 60), counted(2, 60, 30), counted(3, 60, 10)]],
  ])("holds: %s", (_, states) => {
    expect(hold(logOf(...states))).toEqual({
      sinceMs: now - 60_000,
      heldMs: 50_000,
      endsAtMs: now - 10_000 + 600_000,
      reason: "Pod web-1: Event BackOff, 3 times",
      events: { times: 3, lastMs: now - 10_000 },
    });
  });

  it.each([
    ["too few", logOf(counted(2, 60, 10)), {}],
    ["another reason", logOf(counted(3, 60, 10)), { reasons: ["Failed"] }],
    ["another type", logOf(counted(3, 60, 10)), { type: "Normal" }],
    ["the last is `quiet` ago", logOf(counted(9, 900, 600)), {}],
    ["none at all", [], {}],
  ])("does not hold: %s", (_, events, change) => {
    expect(hold(events, undefined, change)).toBeNull();
  });

  it("adds up over Events and reasons", () => {
    const other = createEventLog();
    other.note("a", eventOf(counted(2, 60, 10)));
    other.note("b", eventOf({ ...counted(1, 20, 20), reason: "Unhealthy" }));
    expect(hold(other.list(), undefined, { reasons: ["BackOff", "Unhealthy"] })?.events?.times).toBe(3);
  });

  it("is broken by a pause of `quiet`, once we saw it", () => {
    const states = [counted(50, 3_000, 1_500), counted(51, 3_000, 300), counted(52, 3_000, 10)];
    expect(hold(logOf(...states))).toBeNull();
    expect(hold(logOf(...states), undefined, { atLeast: 2 })?.events?.times).toBe(2);
  });

  it("is not counted again by what a watch tells twice", () => {
    const [event] = logOf(counted(2, 60, 10), counted(2, 60, 10), counted(2, 60, 10));
    expect(event?.occurrences).toHaveLength(1);
  });

  it("folds what is old when an Event is counted up for long, and loses none", () => {
    const states = Array.from({ length: 200 }, (_, index) => counted(index + 1, 200, 199 - index));
    const [event] = logOf(...states);
    expect(event?.occurrences.length).toBeLessThanOrEqual(64);
    expect(event?.occurrences.reduce((sum, { times }) => sum + times, 0)).toBe(200);
  });
});

describe("the watermark", () => {
  it("keeps what was counted for the incident before from counting again", () => {
    expect(hold(logOf(counted(50, 3_000, 10)), closed(10))).toBeNull();
  });

  it("counts exactly what came after it while we watched, and after a restart what is proven: the last", () => {
    const watched = logOf(counted(50, 3_000, 700), counted(53, 3_000, 10));
    expect(hold(watched, closed(700))?.events?.times).toBe(3);
    const relisted = logOf(counted(53, 3_000, 10));
    expect(hold(relisted, closed(700))).toBeNull();
    expect(hold(relisted, closed(700), { atLeast: 1 })?.events?.times).toBe(1);
  });

  it("does not close an open incident: it holds on, with nothing new to count", () => {
    expect(hold(logOf(counted(50, 3_000, 10)), open(10))?.events).toEqual({ times: 0, lastMs: now - 10_000 });
    expect(hold(logOf(counted(50, 3_000, 600)), open(600))).toBeNull();
  });
});
