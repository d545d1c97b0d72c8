import type { SreInvestigation, SreTrigger } from "@sre-agent/crds";
import { KubeError, type KubeObject } from "@sre-agent/kube";
import { describe, expect, it } from "vitest";
import { DIGEST, remediation } from "../test/remediation.ts";
import { REPORT } from "../test/scripted-agent.ts";
import { createWorld, deployment, trigger, type World } from "../test/world.ts";

const names = (world: World) => world.runs().map(({ metadata }) => metadata.name);
const incident = (world: World, index = 0) => world.trigger().status?.incidents?.[index];
const ready = (world: World) => world.trigger().status?.conditions?.find(({ type }) => type === "Ready");
const complete = (world: World) => world.runs().every(({ status }) => status?.completedAt !== undefined);

/** The agent answers only after the returned function was called. */
function hold(world: World): () => void {
  const gate = Promise.withResolvers<void>();
  const { decide } = world.agent;
  world.agent.decide = async (request, signal) => {
    await gate.promise;
    return decide(request, signal);
  };
  return gate.resolve;
}

async function triggered(spec = {}): Promise<World> {
  const world = await createWorld();
  world.cluster.put(deployment("False"));
  world.cluster.put(trigger(spec));
  await world.start();
  return world;
}

describe("a trigger", { timeout: 90_000 }, () => {
  it("starts one investigation for a target that is unwell", async () => {
    const world = await triggered({ mode: "auto", actionRefs: ["restart"], instructions: "Slow to start." });
    await world.until(() => names(world).length === 1);
    const [run] = world.runs() as readonly SreInvestigation[];
    expect(run?.metadata.name).toMatch(/^web-down-[0-9a-f]{8}-1$/);
    expect(run?.spec).toMatchObject({
      target: { apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: "uid-web" },
      triggerRef: { name: "web-down", uid: "uid-web-down", episode: 1 },
      mode: "auto",
      actionRefs: ["restart"],
      instructions: "Slow to start.",
    });
    expect(run?.spec.symptom).toContain("Available=False; 0 of 1 pods ready");
    expect(world.trigger().status).toMatchObject({ active: 1, lastInvestigation: run?.metadata.name });
    expect(ready(world)).toMatchObject({ status: "True", reason: "Watching" });
    await world.until(() => complete(world));
    await world.clock.advance(600_000);
    expect(names(world)).toHaveLength(1);
    const told = world.events.filter(({ regarding }) => regarding.kind === "SreTrigger");
    expect(told.map(({ reason }) => reason)).toEqual(["Triggered", "Investigating", "Decided"]);
    expect(told[0]?.note).toMatch(
      /^Deployment web: Available=False; .* SreInvestigation web-down-[0-9a-f]{8}-1 looks at it\.$/,
    );
    expect(run?.spec.symptom).toMatch(/^Deployment web is unwell since 2026-01-01T00:00:00\S*: Available=False; /);
    expect(told.every(({ regarding }) => regarding.metadata.uid === "uid-web-down")).toBe(true);
  });

  it("makes one run of a storm, and writes its status at most every 10 s", async () => {
    const world = await triggered();
    await world.until(() => complete(world) && names(world).length === 1);
    const before = Number(world.trigger().status?.incidents?.[0]?.count);
    const version = Number(world.cluster.get("SreTrigger", "shop", "web-down")?.metadata.generation);
    for (let change = 0; change < 1_000; change += 1) {
      world.cluster.put(deployment("False"));
      await world.clock.advance(20);
    }
    expect(names(world)).toHaveLength(1);
    const counted = Number(incident(world)?.count) - before;
    expect(counted).toBeGreaterThan(0);
    expect(counted).toBeLessThanOrEqual(3);
    expect(world.cluster.get("SreTrigger", "shop", "web-down")?.metadata.generation).toBe(version);
  });

  it("waits for `for`, and starts nothing when the condition broke before", async () => {
    const when = [{ condition: { of: "Target", type: "Available", status: "False" }, for: "30s" }];
    const world = await triggered({ when });
    await world.clock.advance(20_000);
    expect(names(world)).toEqual([]);
    world.cluster.put(deployment("True"));
    await world.clock.advance(60_000);
    expect(names(world)).toEqual([]);
    const since = new Date(world.clock.now()).toISOString();
    const again = deployment("False");
    world.cluster.put({
      ...again,
      status: { conditions: [{ ...again.status.conditions[0], lastTransitionTime: since }] },
    });
    await world.clock.advance(29_000);
    expect(names(world)).toEqual([]);
    await world.clock.advance(2_000);
    expect(names(world)).toHaveLength(1);
  });

  it("starts a new episode only after the old one cleared and cooled down", async () => {
    const world = await triggered({ cooldown: "10m" });
    await world.until(() => names(world).length === 1 && complete(world));
    world.cluster.put(deployment("True"));
    await world.until(() => incident(world)?.clearedAt !== undefined);
    world.cluster.put(deployment("False"));
    await world.clock.advance(590_000);
    expect(names(world)).toHaveLength(1);
    await world.clock.advance(12_000);
    expect(names(world).map((name) => name.at(-1))).toEqual(["1", "2"]);
    expect(incident(world)).toMatchObject({ episode: 2, count: 1 });
    expect(world.trigger().status?.incidents).toHaveLength(1);
  });

  it("takes a relapse while the run is still at work for the same episode", async () => {
    const world = await createWorld();
    const release = hold(world);
    world.cluster.put(deployment("False"));
    world.cluster.put(trigger({ cooldown: "1s" }));
    await world.start();
    await world.until(() => names(world).length === 1);
    world.cluster.put(deployment("True"));
    await world.until(() => incident(world)?.clearedAt !== undefined);
    await world.clock.advance(60_000);
    world.cluster.put(deployment("False"));
    await world.until(() => incident(world)?.clearedAt === undefined);
    release();
    await world.clock.advance(60_000);
    expect(names(world)).toHaveLength(1);
  });

  it("does nothing while it is suspended, and stops its watches", async () => {
    const world = await triggered({ suspend: true });
    await world.clock.advance(10_000);
    expect(names(world)).toEqual([]);
    expect(ready(world)).toMatchObject({ status: "False", reason: "Suspended" });
    expect(world.cluster.watching("Deployment")).toBe(0);
    world.cluster.put(trigger({ suspend: false }));
    await world.until(() => names(world).length === 1);
    expect(world.cluster.watching("Deployment")).toBe(1);
    world.cluster.remove("SreTrigger", "shop", "web-down");
    await world.clock.advance(10);
    expect(world.cluster.watching("Deployment")).toBe(0);
  });

  it("says what it cannot list, and works as soon as it can", async () => {
    const world = await createWorld();
    const allow = world.cluster.forbid("Deployment");
    world.cluster.put(deployment("False"));
    world.cluster.put(trigger());
    await world.start();
    await world.clock.advance(29_000);
    expect(ready(world)).toBeUndefined();
    await world.clock.advance(2_000);
    expect(ready(world)).toMatchObject({ status: "False", reason: "TargetsNotListed" });
    expect(ready(world)?.message).toContain("Deployment");
    expect(names(world)).toEqual([]);
    allow();
    await world.until(() => names(world).length === 1);
    expect(ready(world)).toMatchObject({ status: "True", reason: "Watching" });
  });

  it("shares its watches with another trigger", async () => {
    const world = await twoTriggers();
    await world.until(() => names(world).length === 1);
    expect(world.cluster.watching("Deployment")).toBe(1);
  });

  it("keeps 64 incidents and says how many targets were left out", async () => {
    const world = await createWorld();
    for (let index = 0; index < 70; index += 1) world.cluster.put(deployment("False", `web-${index}`));
    world.cluster.put(trigger());
    await world.start();
    await world.until(() => names(world).length === 64);
    expect(world.trigger().status?.incidents).toHaveLength(64);
    expect(ready(world)).toMatchObject({ status: "False", reason: "TooManyIncidents" });
    expect(ready(world)?.message).toContain("6 more");
  });

  it("tells of a run that cannot be created, and starts those of the other roots", async () => {
    const world = await createWorld();
    const { create } = world.cluster.recordWriter;
    let refused = "";
    Object.assign(world.cluster.recordWriter, {
      create: async (object: KubeObject) => {
        refused ||= object.kind === "SreInvestigation" ? object.metadata.name : "";
        if (object.metadata.name === refused) throw new KubeError("exceeded quota: runs", { code: "FORBIDDEN" });
        return create(object as never);
      },
    });
    for (const name of ["api", "web"]) world.cluster.put(deployment("False", name));
    world.cluster.put(trigger());
    await world.start();
    await world.until(() => names(world).length === 1);
    const told = world.events.find(({ reason }) => reason === "FailedCreate");
    expect(told).toMatchObject({ regarding: { kind: "SreTrigger" }, type: "Warning" });
    expect(told?.note).toContain(`SreInvestigation ${refused} could not be created: exceeded quota: runs`);
    refused = "none";
    await world.until(() => names(world).length === 2);
  });

  it("gives a root whose record was dropped an episode that no run has yet", async () => {
    const world = await triggered();
    await world.until(() => names(world).length === 1 && complete(world));
    const { status: _dropped, ...bare } = world.cluster.get("SreTrigger", "shop", "web-down") ?? {};
    world.cluster.put(bare as never);
    await world.until(() => names(world).length === 2);
    expect(names(world).map((name) => name.at(-1))).toEqual(["1", "2"]);
  });
});

describe("a root that falls ill again while it rests", { timeout: 90_000 }, () => {
  async function resting(spec = {}) {
    const world = await triggered({ cooldown: "10m", ...spec });
    await world.until(() => names(world).length === 1 && complete(world));
    world.cluster.put(deployment("True"));
    await world.until(() => incident(world)?.cooldownUntil !== undefined);
    return world;
  }
  const told = (world: World) => world.events.filter(({ reason }) => reason === "CoolingDown");

  it("shows in the status and in one Event that says when it is looked at", async () => {
    const world = await resting();
    const { count = 0, cooldownUntil = "" } = incident(world) ?? {};
    expect(world.trigger().status).toMatchObject({ active: 0, cooling: 0 });
    for (let relapse = 0; relapse < 3; relapse += 1) {
      world.cluster.put(deployment("False"));
      await world.until(() => world.trigger().status?.cooling === 1);
      world.cluster.put(deployment("True"));
      await world.until(() => world.trigger().status?.cooling === 0);
      await world.clock.advance(20_000);
    }
    expect(incident(world)).toMatchObject({ episode: 1, cooldownUntil, relapsedAt: expect.any(String) });
    expect(incident(world)?.count).toBe(count + 3);
    expect(Date.parse(incident(world)?.lastSeen ?? "")).toBeGreaterThan(Date.parse(incident(world)?.relapsedAt ?? ""));
    expect(told(world)).toHaveLength(1);
    expect(told(world)[0]?.regarding).toMatchObject({ kind: "SreTrigger", metadata: { name: "web-down" } });
    expect(told(world)[0]?.note).toContain(`Deployment web is unwell again and rests until ${cooldownUntil}`);
    expect(told(world)[0]?.note).toContain("create an SreInvestigation");
    expect(names(world)).toHaveLength(1);
  });

  it("writes that at most every 10 s", async () => {
    const world = await resting();
    const count = incident(world)?.count ?? 0;
    for (let change = 0; change < 500; change += 1) {
      world.cluster.put(deployment("False"));
      await world.clock.advance(20);
    }
    expect(incident(world)?.count).toBeGreaterThan(count);
    expect(incident(world)?.count).toBeLessThanOrEqual(count + 2);
  });

  it("starts the next episode without a trace of it", async () => {
    const world = await resting();
    world.cluster.put(deployment("False"));
    await world.until(() => incident(world)?.episode === 2, 620);
    expect(incident(world)?.relapsedAt).toBeUndefined();
    expect(world.trigger().status).toMatchObject({ active: 1, cooling: 0 });
    expect(told(world)).toHaveLength(1);
  });
});

describe("a proposal that went stale", { timeout: 90_000 }, () => {
  /** The run proposes under mode approve, and the act server then finds the target changed. */
  async function stale(world: World) {
    const run = names(world).at(-1) ?? "";
    world.agent.report = { ...REPORT, decision: "approve", remediationRef: { name: "act-1", digest: DIGEST } };
    world.cluster.put(remediation("approve", { phase: "Stale", message: "template changed." }, run));
  }
  const last = (world: World) => world.runs().at(-1)?.status;

  async function proposing(prepare: (world: World) => void = () => undefined) {
    const world = await createWorld();
    const release = hold(world);
    world.cluster.put(deployment("False"));
    world.cluster.put(trigger({ cooldown: "10m", mode: "approve" }));
    prepare(world);
    await world.start();
    await world.until(() => names(world).length === 1);
    await stale(world);
    release();
    await world.until(() => last(world)?.phase === "Stale");
    return world;
  }

  it("is planned anew after the cooldown when the root is unwell still, and rests twice as long the next time", async () => {
    const world = await proposing();
    const completedMs = Date.parse(last(world)?.completedAt ?? "");
    await world.until(() => incident(world)?.cooldownUntil !== undefined);
    const told = last(world)?.conditions?.find(({ type }) => type === "Complete")?.message;
    expect(told).toContain("It is planned anew after the trigger's cooldown.");
    expect(told).toContain(`kubectl delete sreinv ${names(world)[0]} -n shop`);
    expect(incident(world)?.clearedAt).toBeUndefined();
    expect(Date.parse(incident(world)?.cooldownUntil ?? "")).toBe(completedMs + 600_000);
    expect(world.trigger().status).toMatchObject({ active: 1, cooling: 1 });
    await world.clock.advance(590_000);
    expect(names(world)).toHaveLength(1);
    await world.clock.advance(12_000);
    expect(names(world).map((name) => name.at(-1))).toEqual(["1", "2"]);
    expect(incident(world)).toMatchObject({ episode: 2, flaps: 2 });
    expect(incident(world)?.cooldownUntil).toBeUndefined();
  });

  it("is planned anew at once when its run is deleted", async () => {
    const world = await proposing();
    world.agent.report = REPORT;
    for (const { metadata } of world.cluster.list("SreTranscript"))
      world.cluster.remove("SreTranscript", "shop", metadata.name);
    world.cluster.remove("SreInvestigation", "shop", names(world)[0] ?? "");
    await world.until(() => last(world)?.phase === "NoActionNeeded");
    expect(names(world)).toHaveLength(1);
    expect(world.trigger().status).toMatchObject({ active: 1, cooling: 0, incidents: [{ episode: 1 }] });
  });

  it("is not planned anew when the root recovered meanwhile", async () => {
    const world = await proposing();
    world.cluster.put(deployment("True"));
    await world.clock.advance(1_300_000);
    expect(names(world)).toHaveLength(1);
    expect(incident(world)).toMatchObject({ episode: 1, clearedAt: expect.any(String) });
  });

  it("is planned anew once, also when two triggers are about the root", async () => {
    const world = await proposing((prepared) => {
      prepared.cluster.put({ ...trigger({ cooldown: "10m" }), metadata: { name: "other", namespace: "shop" } });
    });
    world.agent.report = REPORT;
    await world.clock.advance(3_600_000);
    expect(names(world)).toHaveLength(2);
    const other = world.cluster.get("SreTrigger", "shop", "other") as unknown as SreTrigger;
    for (const { status } of [world.trigger(), other]) {
      expect(status?.incidents).toMatchObject([{ investigation: names(world)[1], episode: 2 }]);
    }
  });
});

describe("a flapping root", { timeout: 90_000 }, () => {
  it("rests twice as long after each episode that begins soon, at most 4 h, and as at first after 6 h of health", async () => {
    const world = await triggered({ cooldown: "10m", historyLimit: 500 });
    const rests: number[] = [];
    for (let episode = 1; episode <= 7; episode += 1) {
      await world.until(() => incident(world)?.episode === episode && complete(world), 5 * 3_600);
      world.cluster.put(deployment("True"));
      await world.until(() => incident(world)?.cooldownUntil !== undefined);
      const { clearedAt = "", cooldownUntil = "" } = incident(world) ?? {};
      rests.push((Date.parse(cooldownUntil) - Date.parse(clearedAt)) / 60_000);
      world.cluster.put(deployment("False"));
    }
    expect(rests).toEqual([10, 20, 40, 80, 160, 240, 240]);
    world.cluster.put(deployment("True"));
    await world.clock.advance(7 * 3_600_000);
    world.cluster.put(deployment("False"));
    await world.until(() => incident(world)?.episode === 8);
    expect(incident(world)?.flaps).toBeUndefined();
  });
});

async function twoTriggers(second: object = {}, namespace = "shop"): Promise<World> {
  const world = await createWorld();
  world.cluster.put(deployment("False"));
  world.cluster.put(trigger());
  world.cluster.put({ ...trigger(second), metadata: { name: "other", namespace } });
  await world.start();
  return world;
}

describe("two triggers on one root", { timeout: 90_000 }, () => {
  const other = (world: World) => world.cluster.get("SreTrigger", "shop", "other") as unknown as SreTrigger;

  it("make one run: the second refers to the first", async () => {
    const world = await twoTriggers();
    await world.until(() => other(world).status?.incidents?.length === 1 && complete(world));
    await world.clock.advance(600_000);
    expect(names(world)).toHaveLength(1);
    for (const { status } of [world.trigger(), other(world)]) {
      expect(status).toMatchObject({ active: 1, lastInvestigation: names(world)[0] });
    }
  });

  it("and the next episode has one run again", async () => {
    const world = await twoTriggers();
    await world.until(() => names(world).length === 1 && complete(world));
    world.cluster.put(deployment("True"));
    await world.until(() => other(world).status?.incidents?.[0]?.cooldownUntil !== undefined);
    world.cluster.put(deployment("False"));
    await world.until(() => names(world).length === 2, 700);
    await world.clock.advance(1_200_000);
    expect(names(world)).toHaveLength(2);
  });

  it("do not wait for one that is suspended", async () => {
    const world = await triggered();
    await world.until(() => names(world).length === 1 && complete(world));
    world.cluster.put({ ...world.trigger(), ...trigger({ suspend: true }) } as never);
    world.cluster.put({ ...trigger(), metadata: { name: "other", namespace: "shop" } });
    await world.until(() => names(world).length === 2);
    expect(names(world)[1]).toMatch(/^other-/);
  });

  it("a run of a person on the same root hinders none", async () => {
    const world = await createWorld();
    const target = { kind: "Deployment", name: "web", uid: "uid-web" };
    const metadata = { name: "mine", namespace: "shop" };
    world.cluster.put({ ...trigger(), kind: "SreInvestigation", metadata, spec: { target, symptom: "slow" } });
    world.cluster.put(deployment("False"));
    world.cluster.put(trigger());
    await world.start();
    await world.until(() => names(world).length === 2 && complete(world));
    expect(world.runs().map(({ status }) => status?.phase)).toEqual(["NoActionNeeded", "NoActionNeeded"]);
  });
});
