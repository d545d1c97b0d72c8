import { API_VERSION, type SreInvestigation } from "@sre-agent/crds";
import { describe, expect, it } from "vitest";
import { createWorld, deployment, trigger, type World } from "./world.ts";

const TARGETS = 500;
const UNWELL = 20;

const policy = {
  apiVersion: API_VERSION,
  kind: "SrePolicy",
  metadata: { name: "default" },
  spec: { mode: "observe", investigations: { maxConcurrent: 8, maxPerHour: 1_000 } },
};

const targets = (world: World) => world.runs().map(({ spec }) => spec.target.name ?? "");
const ended = ({ status }: SreInvestigation) => status?.completedAt !== undefined;

/** How often the agent was asked for each step of each run. */
function asked(world: World): readonly number[] {
  const steps = world.agent.decisions.map(({ correlationId, journal = [] }) => `${correlationId}/${journal.length}`);
  return [...Map.groupBy(steps, (step) => step).values()].map(({ length }) => length);
}

describe("500 targets", { timeout: 60_000 }, () => {
  it("of which 20 fall ill get one run each, although the operator is killed three times on the way", async () => {
    const world = await createWorld();
    world.cluster.put(policy);
    for (let index = 0; index < TARGETS; index += 1) {
      world.cluster.put(deployment(index < UNWELL ? "False" : "True", `web-${index}`));
    }
    world.cluster.put(trigger());
    for (let kill = 0; kill < 3; kill += 1) {
      const { dead } = await world.start(70);
      await world.clock.advance(20_000);
      expect(dead()).toBe(true);
    }
    await world.start();
    await world.until(() => world.runs().length >= UNWELL && world.runs().every(ended));
    await world.clock.advance(120_000);
    expect(targets(world).toSorted()).toEqual(Array.from({ length: UNWELL }, (_, index) => `web-${index}`).toSorted());
    expect(world.cluster.list("SreTranscript")).toHaveLength(UNWELL * 4);
    const times = asked(world);
    expect(times).toHaveLength(UNWELL * 4);
    // A kill repeats at most the calls under way, one in a run.
    expect(times.reduce((sum, count) => sum + count - 1, 0)).toBeLessThanOrEqual(3 * 8);
  });

  it("that all fall ill are looked at in turns of 64, and none is left out in the end", async () => {
    const world = await createWorld();
    const names = Array.from({ length: 80 }, (_, index) => `web-${index}`);
    world.cluster.put(policy);
    for (const name of names) world.cluster.put(deployment("False", name));
    world.cluster.put(trigger({ historyLimit: 500 }));
    await world.start();
    for (const known of [64, 80]) {
      await world.until(() => world.runs().length === known && world.runs().every(ended), 300);
      for (const name of targets(world)) world.cluster.put(deployment("True", name));
    }
    await world.clock.advance(120_000);
    expect(targets(world).toSorted()).toEqual(names.toSorted());
  });
});
