import { API_VERSION, DEFAULT_BUDGET, type SreInvestigation } from "@sre-agent/crds";
import { describe, expect, it } from "vitest";
import { createWorld, deployment, trigger, type World } from "../test/world.ts";

const policy = (spec: object) => ({
  apiVersion: API_VERSION,
  kind: "SrePolicy",
  metadata: { name: "default" },
  spec: { mode: "propose", ...spec },
});

const investigation = (name: string, spec: object = {}) => ({
  apiVersion: API_VERSION,
  kind: "SreInvestigation",
  metadata: { name, namespace: "shop" },
  spec: { target: { kind: "Deployment", name: "web" }, symptom: "It is down.", ...spec },
});

function statusOf(world: World, name: string, namespace = "shop") {
  const run = world.cluster.get("SreInvestigation", namespace, name) as unknown as SreInvestigation;
  return { phase: run.status?.phase, complete: run.status?.conditions?.find(({ type }) => type === "Complete") };
}

async function running(limits: object, names: readonly string[]): Promise<World> {
  const world = await createWorld();
  world.cluster.put(policy(limits));
  for (const name of names) world.cluster.put(investigation(name));
  await world.start();
  return world;
}

describe("the budget", () => {
  it("of a trigger reaches the agent through the run, the smallest of all winning", async () => {
    const world = await createWorld();
    world.cluster.put(policy({ modelBudget: { steps: 10, costMicroUsd: 500 } }));
    world.cluster.put(deployment("False"));
    world.cluster.put(trigger({ budget: { steps: 12, seconds: 60 } }));
    await world.start();
    await world.until(() => world.agent.decisions.length > 0);
    expect(world.runs()[0]?.spec.budget).toEqual({ steps: 12, seconds: 60 });
    const budget = { ...DEFAULT_BUDGET, steps: 10, seconds: 60, costMicroUsd: 500 };
    expect(world.agent.decisions[0]?.budget).toEqual(budget);
  });
});

describe("maxPerHour", { timeout: 90_000 }, () => {
  it("lets the older runs go first; the next waits until an hour is over, and says for what", async () => {
    const world = await running({ investigations: { maxPerHour: 2 } }, ["one", "three", "two"]);
    await world.until(() => statusOf(world, "one").phase === "NoActionNeeded");
    await world.clock.advance(5_000);
    expect(statusOf(world, "two").phase).toBe("Queued");
    expect(statusOf(world, "two").complete).toMatchObject({ status: "False", reason: "Queued" });
    expect(statusOf(world, "two").complete?.message).toMatch(/at most 2 start in an hour/);
    await world.until(() => statusOf(world, "two").phase === "NoActionNeeded", 3_700);
    expect(world.agent.decisions).toHaveLength(12);
  });

  it("skips a run for which there was no place for an hour, and says why", async () => {
    const world = await running({ investigations: { maxPerHour: 1 } }, ["one", "three", "two"]);
    await world.until(() => statusOf(world, "two").phase === "Skipped", 7_400);
    const { complete } = statusOf(world, "two");
    expect(complete).toMatchObject({ status: "True", reason: "Skipped" });
    expect(complete?.message).toMatch(/waited for more than an hour.*at most 1 start in an hour/);
    expect(statusOf(world, "three").phase).toBe("NoActionNeeded");
    // Those that were skipped cost nothing and count for nothing.
    expect(world.agent.decisions).toHaveLength(8);
  });

  it("is shared among namespaces: a storm in one does not keep the run of another waiting behind all of it", async () => {
    const world = await createWorld();
    world.cluster.put(policy({ investigations: { maxPerHour: 2 } }));
    for (let index = 0; index < 20; index += 1) world.cluster.put(investigation(`storm-${index + 10}`));
    await world.start();
    await world.until(() => statusOf(world, "storm-11").phase === "NoActionNeeded");
    const calm = investigation("calm");
    world.cluster.put({ ...calm, metadata: { ...calm.metadata, namespace: "bank" } });
    // The next two places after the hour: one for each of the namespaces that wait.
    await world.until(() => statusOf(world, "calm", "bank").phase === "NoActionNeeded", 3_700);
    const started = world.runs().filter(({ status }) => status?.startedAt !== undefined);
    expect(started.length).toBeLessThanOrEqual(4);
  });

  it("counts what started before a restart", async () => {
    const world = await running({ investigations: { maxPerHour: 1 } }, ["one"]);
    await world.until(() => statusOf(world, "one").phase === "NoActionNeeded");
    await world.start();
    world.cluster.put(investigation("two"));
    await world.clock.advance(600_000);
    expect(statusOf(world, "two").phase).toBe("Queued");
  });
});
