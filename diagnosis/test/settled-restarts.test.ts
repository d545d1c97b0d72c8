import { expect, test } from "vitest";
import { logsWanted, type PodLog } from "../src/index.ts";
import { ended, type Fields, minutesAgo, snapshot } from "./builders.ts";
import { app, found, revised, said } from "./objects.ts";

/** A container that came up at last has overcome what stopped it; one that is between two crashes has not. */
const SECOND = 1 / 60;
const runsSince = (
  minutes: number,
  { ran, restarts }: { readonly ran: number; readonly restarts: number },
): Fields => ({
  restartCount: restarts,
  state: { running: { startedAt: minutesAgo(minutes) } },
  lastState: ended(1, { startedAt: minutesAgo(minutes + ran + SECOND), finishedAt: minutesAgo(minutes + SECOND) }),
});
const made = (minutes: number, status: Fields) =>
  revised(app("web", { status }), "Pod", { metadata: { creationTimestamp: minutesAgo(minutes) } });
const waitedFor = (minutes: number) => made(minutes + 0.5, runsSince(minutes, { ran: SECOND, restarts: 3 }));

test.each([1, 2, 4, 8])(
  "silent: three restarts while it waited at its start, ready since then for %d minutes",
  (minutes) => {
    expect(found(waitedFor(minutes))).toEqual([]);
  },
);

test.each([
  ["a run that is not longer than the one before", made(20, runsSince(1.5, { ran: 2, restarts: 5 }))],
  ["a run that is shorter than the time between two crashes", made(20, runsSince(2, { ran: SECOND, restarts: 5 }))],
  ["a run of a moment", waitedFor(0.2)],
])("a crash loop in %s", (_, given) => {
  expect(found(given)).toMatchObject([{ analyzer: "crash-loop", severity: "error" }]);
});

const between = made(20, runsSince(1.5, { ran: 2, restarts: 5 }));
const former = (text: string): PodLog => ({ ...said("web-0", text), previous: true });

test("what a run says that goes on is not what the one before died of", () => {
  const present = said("web-0", "listening on :8080");
  const causeOf = (logs: readonly PodLog[]) => found(between, logs)[0]?.cause;
  expect(causeOf([present])).toBe("container main exits 1");
  expect(causeOf([present, former("fatal: lost db:5432")])).toBe('container main exits 1: "fatal: lost db:5432"');
});

test("both logs of a container that is ready between two crashes are wanted", () => {
  expect(logsWanted(snapshot(between)).map(({ previous }) => previous)).toEqual([true, false]);
});
