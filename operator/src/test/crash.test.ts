import { API_VERSION, type SreInvestigation, type SreTranscript } from "@sre-agent/crds";
import { describe, expect, it } from "vitest";
import { readJournal } from "../transcripts/chunk.ts";
import { createWorld, deployment, trigger } from "./world.ts";

/** A whole life: a target falls ill, one operator dies after `callsToLive` calls, a fresh one takes over. */
async function live(callsToLive: number) {
  const world = await createWorld();
  world.cluster.put(deployment("False"));
  world.cluster.put(trigger());
  const first = await world.start(callsToLive);
  await world.clock.advance(20_000);
  const [died, calls] = [first.dead(), first.calls()];
  await world.start();
  await world.until(
    () => world.runs().length > 0 && world.runs().every(({ status }) => status?.completedAt !== undefined),
  );
  await world.clock.advance(60_000);
  return { world, died, calls };
}

describe("an operator that is killed after any call", async () => {
  const whole = await live(Number.POSITIVE_INFINITY);

  it("makes so many calls that the test is worth its while", () => {
    expect(whole.died).toBe(false);
    expect(whole.calls).toBeGreaterThan(15);
  });

  it.each(Array.from({ length: whole.calls }, (_, index) => index + 1))(
    "leaves nothing behind that a fresh one would do twice: call %d",
    async (callsToLive) => {
      const { world, died } = await live(callsToLive);
      expect(died).toBe(true);
      expect(world.runs()).toHaveLength(1);
      const [run] = world.runs() as readonly SreInvestigation[];
      expect(run?.status).toMatchObject({ phase: "NoActionNeeded", decision: "deny" });
      const chunks = (world.cluster.list("SreTranscript") as unknown as SreTranscript[]).map(({ spec }) => spec);
      expect(readJournal(chunks).map(({ seq }) => seq)).toEqual([0, 1, 2, 3]);
      expect(run?.status?.transcriptRefs).toHaveLength(4);
      const asked = world.agent.decisions.map(({ journal }) => journal?.length);
      // Four steps, and at most the one call that was under way is repeated.
      expect(asked.length).toBeLessThanOrEqual(5);
      expect(new Set(asked)).toEqual(new Set([0, 1, 2, 3]));
      expect(world.trigger().status?.incidents?.map(({ episode }) => episode)).toEqual([1]);
    },
  );
});

describe("two operators at once, as when a lease is lost unnoticed", () => {
  it("store one chain and one decision", async () => {
    const world = await createWorld();
    await world.start();
    await world.start();
    world.cluster.put({
      apiVersion: API_VERSION,
      kind: "SreInvestigation",
      metadata: { name: "inv", namespace: "shop" },
      spec: { target: { kind: "Deployment", name: "web" }, symptom: "It is down." },
    });
    await world.until(() => world.runs().every(({ status }) => status?.completedAt !== undefined));
    const chunks = (world.cluster.list("SreTranscript") as unknown as SreTranscript[]).map(({ spec }) => spec);
    expect(readJournal(chunks).map(({ seq }) => seq)).toEqual([0, 1, 2, 3]);
  });
});
