import { afterEach, describe, expect, it, vi } from "vitest";
import { answer, refuse, type ScriptedServer, startScriptedServer } from "../../test/scripted-server.ts";
import type { Lease } from "../lease.ts";
import { createFakeClock, type FakeClock } from "../testing.ts";
import { createLeaseElection } from "./lease-election.ts";

interface Stored {
  lease: Lease | undefined;
  /** Answers every request with this status when set. */
  failing: number | undefined;
  server: ScriptedServer;
}

const servers: ScriptedServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

/** A server of one Lease that checks resourceVersions as the API server does. */
async function serveLease(): Promise<Stored> {
  const stored: { lease: Lease | undefined; failing: number | undefined } = { lease: undefined, failing: undefined };
  let version = 0;
  const server = await startScriptedServer(({ method, body }, response) => {
    const sent = body as Lease;
    if (stored.failing !== undefined) return refuse(response, stored.failing, "InternalError");
    if (method === "GET" && stored.lease === undefined) return refuse(response, 404, "NotFound");
    if (method === "POST" && stored.lease !== undefined) return refuse(response, 409, "AlreadyExists");
    if (method === "PUT" && sent.metadata.resourceVersion !== stored.lease?.metadata.resourceVersion) {
      return refuse(response, 409, "Conflict");
    }
    if (method !== "GET") {
      version += 1;
      stored.lease = { ...sent, metadata: { ...sent.metadata, resourceVersion: `${version}` } };
    }
    return answer(response, 200, stored.lease);
  });
  servers.push(server);
  return Object.assign(stored, { server });
}

function runCandidate(stored: Stored, clock: FakeClock, identity: string) {
  const stop = new AbortController();
  const log: string[] = [];
  const election = createLeaseElection({
    connection: stored.server.connection,
    namespace: "sre",
    name: "leader",
    identity,
    clock,
  });
  const ended = election.run(stop.signal, async (leadership) => {
    log.push("leads");
    await new Promise((resolve) => leadership.addEventListener("abort", resolve, { once: true }));
    log.push("stops");
  });
  return { stop, log, election, ended };
}

const soon = (check: () => void) => vi.waitFor(check, { interval: 2, timeout: 3_000 });

/** Moves time in small steps, so that requests over loopback are answered on the way. */
async function pass(clock: FakeClock, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 500) {
    await clock.advance(Math.min(500, left));
    await soon(() => expect(clock.sleeping).toBeGreaterThan(0));
  }
}

describe("lease election", () => {
  it("creates the lease, renews it every 2 s with six-digit times, and releases it on stop", async () => {
    const clock = createFakeClock();
    const stored = await serveLease();
    const { stop, log, ended } = runCandidate(stored, clock, "a");
    await soon(() => expect(clock.sleeping).toBe(1));
    expect(stored.lease?.spec).toEqual({
      holderIdentity: "a",
      leaseDurationSeconds: 15,
      acquireTime: "2026-01-01T00:00:00.000000Z",
      renewTime: "2026-01-01T00:00:00.000000Z",
      leaseTransitions: 1,
    });
    await pass(clock, 4_000);
    await soon(() => expect(stored.lease?.spec?.renewTime).toBe("2026-01-01T00:00:04.000000Z"));
    stop.abort();
    await ended;
    expect([log, stored.lease?.spec?.holderIdentity]).toEqual([["leads", "stops"], ""]);
  });

  it("lets a second candidate in only after the first's record stood still for 15 s of its own time", async () => {
    const stored = await serveLease();
    const dead = createFakeClock(0);
    const first = runCandidate(stored, dead, "first");
    await soon(() => expect(first.log).toEqual(["leads"]));
    // The first one's clock never moves again: it renews no more, and its times are of 1970.
    const clock = createFakeClock();
    const second = runCandidate(stored, clock, "second");
    await soon(() => expect(clock.sleeping).toBe(1));
    await pass(clock, 14_000);
    expect(second.log).toEqual([]);
    await pass(clock, 2_000);
    await soon(() => expect(second.log).toEqual(["leads"]));
    expect(stored.lease?.spec).toMatchObject({ holderIdentity: "second", leaseTransitions: 2 });
    await dead.advance(2_000);
    await soon(() => expect(first.log).toEqual(["leads", "stops"]));
    expect(first.election.leading).toBe(false);
    for (const { stop, ended } of [first, second]) {
      stop.abort();
      await ended;
    }
  });

  it("stops leading when it could not renew for 10 s", async () => {
    const clock = createFakeClock();
    const stored = await serveLease();
    const { stop, log, ended, election } = runCandidate(stored, clock, "a");
    await soon(() => expect(log).toEqual(["leads"]));
    await soon(() => expect(clock.sleeping).toBe(1));
    stored.failing = 500;
    await pass(clock, 8_000);
    expect([log, election.leading]).toEqual([["leads"], true]);
    await pass(clock, 2_000);
    await soon(() => expect(log).toEqual(["leads", "stops"]));
    stored.failing = undefined;
    await pass(clock, 4_000);
    await soon(() => expect(log).toEqual(["leads", "stops", "leads"]));
    stop.abort();
    await ended;
  });

  it("rejects with what the work threw, after the release", async () => {
    const stored = await serveLease();
    const election = createLeaseElection({
      connection: stored.server.connection,
      namespace: "sre",
      name: "leader",
      identity: "a",
      clock: createFakeClock(),
    });
    const run = election.run(new AbortController().signal, () => Promise.reject(new Error("broken")));
    await expect(run).rejects.toThrow("broken");
    expect(stored.lease?.spec?.holderIdentity).toBe("");
  });
});
