import { EventEmitter } from "node:events";
import { expect, test, vi } from "vitest";
import { onSignals } from "./signals.ts";

function listening(deadlineMs = 60_000) {
  const source = new EventEmitter();
  const seen = { stops: 0, exits: [] as number[] };
  const stop = () => {
    seen.stops += 1;
  };
  const release = onSignals(stop, {
    deadlineMs,
    source,
    exit: (code) => void seen.exits.push(code),
  });
  return { source, seen, release };
}

test("a parent that is gone stops the process, and is no second signal", () => {
  const { source, seen, release } = listening();
  source.emit("disconnect");
  source.emit("disconnect");
  expect(seen).toEqual({ stops: 1, exits: [] });
  source.emit("SIGTERM");
  expect(seen.exits).toEqual([130]);
  release();
  expect(source.eventNames()).toEqual([]);
});

test("a parent that goes after it said stop hurries nothing", () => {
  const { source, seen } = listening();
  source.emit("SIGTERM");
  source.emit("disconnect");
  expect(seen).toEqual({ stops: 1, exits: [] });
});

test("what is still there after the deadline is ended", async () => {
  const { source, seen } = listening(1);
  source.emit("SIGTERM");
  await vi.waitUntil(() => seen.exits.length > 0, { timeout: 30_000 });
  expect(seen).toEqual({ stops: 1, exits: [1] });
});
