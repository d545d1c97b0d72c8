import type { TriggerSpec } from "@sre-agent/crds";
import { describe, expect, it } from "vitest";
import { createWorld, deployment, trigger, type World } from "../test/world.ts";

const iso = (ms: number) => new Date(ms).toISOString();
const controlledBy = (kind: string, name: string) => [
  { apiVersion: "apps/v1", kind, name, uid: `uid-${name}`, controller: true },
];

const replicaSet = (name: string, owner: string) => ({
  apiVersion: "apps/v1",
  kind: "ReplicaSet",
  metadata: { name, namespace: "shop", ownerReferences: controlledBy("Deployment", owner) },
});

const pod = (name: string, owner: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "shop", ownerReferences: controlledBy("ReplicaSet", owner) },
  status: { phase: "Running" },
});

interface Told {
  readonly about?: string;
  readonly count?: number;
  readonly firstMs?: number;
  readonly reason?: string;
}

/** The Event as kubelet counts it up, now. */
function tell(world: World, { about = "Pod/web-abc-1", count = 1, firstMs, reason = "BackOff" }: Told = {}): void {
  const [kind = "", name = ""] = about.split("/");
  world.cluster.put({
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: `${name}.${reason}`, namespace: "shop" },
    involvedObject: { kind, name, namespace: "shop", uid: `uid-${name}` },
    type: "Warning",
    reason,
    count,
    firstTimestamp: iso(firstMs ?? world.clock.now()),
    lastTimestamp: iso(world.clock.now()),
  });
}

const names = (world: World) => world.runs().map(({ metadata }) => metadata.name);
const incident = (world: World) => world.trigger().status?.incidents?.[0];
const settled = (world: World) => world.runs().every(({ status }) => status?.completedAt !== undefined);
const backOff = (change: object = {}) => [
  { event: { reasons: ["BackOff"], type: "Warning" as const, atLeast: 1, quiet: "10m", ...change } },
];

async function watching(spec: Partial<TriggerSpec> = { when: backOff() }) {
  const world = await createWorld();
  world.cluster.put(deployment("True"));
  world.cluster.put(replicaSet("web-abc", "web"));
  world.cluster.put(pod("web-abc-1", "web-abc"));
  world.cluster.put(trigger(spec));
  const life = await world.start();
  await world.clock.advance(1_000);
  return { world, life };
}

/** The operator stops, and another one begins with lists. */
async function restart(world: World, life: Awaited<ReturnType<World["start"]>>) {
  const stopped = life.operator.stop();
  await world.clock.advance(15_000);
  await stopped;
  const next = await world.start();
  await world.clock.advance(2_000);
  return next;
}

describe("an event source", () => {
  it.each(["Pod/web-abc-1", "ReplicaSet/web-abc", "Deployment/web"])("takes Events about %s", async (about) => {
    const { world } = await watching();
    tell(world, { about });
    await world.until(() => names(world).length === 1);
    expect(incident(world)?.reason).toContain(`${about.replace("/", " ")}: Event BackOff, once`);
    expect(world.runs()[0]?.spec.symptom).toContain(": Event BackOff, once");
    expect(incident(world)).toMatchObject({ count: 1, target: { name: "web" } });
    expect(world.trigger().status?.conditions?.[0]).toMatchObject({ status: "True", reason: "Watching" });
  });

  it("takes none about the pods of a workload whose name only begins alike", async () => {
    const { world } = await watching();
    world.cluster.put(replicaSet("web-canary-abc", "web-canary"));
    world.cluster.put(pod("web-canary-abc-1", "web-canary-abc"));
    tell(world, { about: "Pod/web-canary-abc-1" });
    tell(world, { about: "Pod/web-abc-1x" });
    await world.clock.advance(120_000);
    expect(names(world)).toEqual([]);
  });

  it("takes one about a pod that was deleted before it came", async () => {
    const { world } = await watching();
    world.cluster.remove("Pod", "shop", "web-abc-1");
    await world.clock.advance(1_000);
    tell(world);
    await world.until(() => names(world).length === 1);
  });

  it("waits for `atLeast` occurrences", async () => {
    const { world } = await watching({ when: backOff({ atLeast: 3 }) });
    const firstMs = world.clock.now();
    tell(world, { count: 2, firstMs });
    await world.clock.advance(300_000);
    expect(names(world)).toEqual([]);
    tell(world, { count: 3, firstMs });
    await world.until(() => names(world).length === 1);
    expect(incident(world)?.count).toBe(3);
  });

  it("waits until a row is as long as `for`", async () => {
    const { world } = await watching({ when: backOff().map((when) => ({ ...when, for: "5m" })) });
    const firstMs = world.clock.now();
    tell(world, { firstMs });
    await world.clock.advance(299_000);
    tell(world, { count: 2, firstMs });
    await world.clock.advance(10_000);
    expect(names(world)).toEqual([]);
    tell(world, { count: 3, firstMs });
    await world.until(() => names(world).length === 1);
    // The incident is open now; that the row broke is what closes it.
    await world.clock.advance(590_000);
    expect(incident(world)?.clearedAt).toBeUndefined();
  });

  it("clears when the reasons stayed away for `quiet`, and starts anew after the cooldown", async () => {
    const { world } = await watching({ when: backOff({ quiet: "5m" }), cooldown: "1m" });
    tell(world);
    await world.until(() => names(world).length === 1 && settled(world));
    await world.until(() => incident(world)?.clearedAt !== undefined, 301);
    await world.clock.advance(61_000);
    tell(world, { count: 2, firstMs: world.clock.now() - 362_000 });
    await world.until(() => names(world).length === 2);
    expect(incident(world)).toMatchObject({ episode: 2, count: 1 });
  });

  it("shows those that come during the cooldown, and counts them for the next episode", async () => {
    const { world } = await watching({ when: backOff({ quiet: "5m" }), cooldown: "10m" });
    const firstMs = world.clock.now();
    tell(world, { firstMs });
    await world.until(() => names(world).length === 1 && settled(world));
    await world.until(() => incident(world)?.cooldownUntil !== undefined, 301);
    for (let count = 2; count <= 4; count += 1) {
      await world.clock.advance(150_000);
      tell(world, { count, firstMs });
    }
    expect(world.trigger().status).toMatchObject({ cooling: 1, incidents: [{ episode: 1, count: 1 }] });
    await world.until(() => names(world).length === 2, 200);
    expect(incident(world)).toMatchObject({ episode: 2, count: 3 });
  });
});

describe("Events that were counted", () => {
  it("count once over restarts and relists", async () => {
    const { world, life } = await watching({ when: backOff({ atLeast: 5 }) });
    const firstMs = world.clock.now();
    tell(world, { count: 7, firstMs });
    await world.until(() => names(world).length === 1 && settled(world));
    let current = life;
    for (let times = 0; times < 3; times += 1) current = await restart(world, current);
    await world.clock.advance(60_000);
    expect(incident(world)).toMatchObject({ count: 7, episode: 1 });
    tell(world, { count: 9, firstMs });
    await world.clock.advance(70_000);
    expect(incident(world)?.count).toBe(9);
    expect(names(world)).toHaveLength(1);
  });

  it("do not start another episode after a restart, however old the Event is that one more time came", async () => {
    const { world, life } = await watching({ when: backOff({ atLeast: 5, quiet: "5m" }), cooldown: "1m" });
    const firstMs = world.clock.now();
    tell(world, { count: 50, firstMs });
    await world.until(() => names(world).length === 1 && settled(world));
    await world.until(() => incident(world)?.cooldownUntil !== undefined, 400);
    await world.clock.advance(120_000);
    const next = await restart(world, life);
    tell(world, { count: 51, firstMs });
    await restart(world, next);
    await world.clock.advance(60_000);
    expect(names(world)).toHaveLength(1);
  });

  it("that ended before the operator began start nothing", async () => {
    const world = await createWorld();
    world.cluster.put(deployment("True"));
    world.cluster.put(replicaSet("web-abc", "web"));
    world.cluster.put(pod("web-abc-1", "web-abc"));
    tell(world, { count: 500 });
    await world.clock.advance(600_000);
    world.cluster.put(trigger({ when: backOff() }));
    await world.start();
    await world.clock.advance(60_000);
    expect(names(world)).toEqual([]);
  });
});
