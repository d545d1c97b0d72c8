import { API_VERSION, type SreInvestigation } from "@sre-agent/crds";
import { describe, expect, it } from "vitest";
import { createWorld, deployment, trigger, type World } from "./test/world.ts";

const condition = (reason: string) => ({
  type: "Complete",
  status: "True" as const,
  reason,
  message: "",
  lastTransitionTime: "2026-01-01T00:00:00Z",
});

function finished(world: World, name: string, { daysAgo, ofTrigger }: { daysAgo: number; ofTrigger?: boolean }): void {
  const completedAt = new Date(world.clock.now() - daysAgo * 86_400_000).toISOString();
  const triggerRef = { name: "web-down", uid: "uid-web-down", episode: 1 };
  world.cluster.put({
    apiVersion: API_VERSION,
    kind: "SreInvestigation",
    metadata: { name, namespace: "shop" },
    spec: { target: { kind: "Deployment", name: "web" }, symptom: "x", ...(ofTrigger ? { triggerRef } : {}) },
    status: { conditions: [condition("NoActionNeeded")], completedAt },
  });
}

const names = (world: World) =>
  (world.cluster.list("SreInvestigation") as unknown as SreInvestigation[]).map(({ metadata }) => metadata.name);

describe("retention", () => {
  it("deletes finished runs that are older than the policy keeps them, by default 7 days", async () => {
    const world = await createWorld();
    finished(world, "old", { daysAgo: 8 });
    finished(world, "young", { daysAgo: 6 });
    await world.start();
    await world.until(() => !names(world).includes("old"));
    await world.clock.advance(600_000);
    expect(names(world)).toEqual(["young"]);
  });

  it("keeps the newest runs of a trigger up to its historyLimit, and a person's runs", async () => {
    const world = await createWorld();
    world.cluster.put(trigger({ historyLimit: 2 }));
    for (const [index, name] of ["a", "b", "c", "d"].entries())
      finished(world, name, { daysAgo: index, ofTrigger: true });
    finished(world, "mine", { daysAgo: 5 });
    await world.start();
    await world.until(() => names(world).length === 3);
    await world.clock.advance(600_000);
    expect(names(world)).toEqual(["a", "b", "mine"]);
  });

  it("keeps the run of an incident that is still open, which would else start again", async () => {
    const world = await createWorld();
    const spec = { mode: "observe", retention: { investigations: "1h" } };
    world.cluster.put({ apiVersion: API_VERSION, kind: "SrePolicy", metadata: { name: "default" }, spec });
    world.cluster.put(deployment("False"));
    world.cluster.put(trigger());
    await world.start();
    await world.until(() => names(world).length === 1 && world.runs()[0]?.status?.completedAt !== undefined);
    await world.clock.advance(2 * 3_600_000);
    expect(names(world)).toHaveLength(1);
    expect(world.agent.decisions).toHaveLength(4);
  });

  it("deletes at most 50 in a pass", async () => {
    const world = await createWorld();
    for (let index = 0; index < 60; index += 1) finished(world, `run-${index}`, { daysAgo: 9 });
    await world.start();
    await world.clock.advance(1_000);
    expect(names(world)).toHaveLength(10);
    await world.clock.advance(300_000);
    expect(names(world)).toEqual([]);
  });
});
