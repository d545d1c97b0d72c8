import { describe, expect, it } from "vitest";
import { createDeparted, type Owned, possessionsOf } from "./ownership.ts";
import type { WatchedPod } from "./workload.ts";

const pod = (name: string, owner: string | undefined): WatchedPod => ({
  name,
  uid: `uid-${name}`,
  owner,
  createdAt: "2026-01-01T00:00:00Z",
  phase: "Running",
  gone: false,
  conditions: [],
  containers: [],
});
const event = (about: string) => ({ about, subject: "Pod x", type: "Warning", reason: "BackOff", occurrences: [] });
const nothing: Owned = { pods: [], replicaSets: [], events: [], departed: new Map() };
const web = { uid: "uid-web" };

describe("what a workload owns", () => {
  it("is told by uid along the chain of controllers, whatever the names", () => {
    const owned = possessionsOf({
      ...nothing,
      replicaSets: [
        { uid: "rs-web", owner: "uid-web" },
        { uid: "rs-canary", owner: "uid-web-canary" },
        { uid: "rs-by-hand", owner: undefined },
      ],
      pods: [
        pod("web-1", "rs-web"),
        pod("web-canary-1", "rs-canary"),
        pod("web-hand-1", "rs-by-hand"),
        pod("web", undefined),
        pod("web-0", "uid-web"),
      ],
      events: ["uid-web", "rs-web", "uid-web-1", "uid-web-canary-1", "uid-nobody", ""].map(event),
    });
    expect(owned.podsOf(web).map(({ name }) => name)).toEqual(["web-1", "web-0"]);
    expect(owned.eventsOf(web).map(({ about }) => about)).toEqual(["uid-web", "rs-web", "uid-web-1"]);
    expect(owned.podsOf({ uid: "uid-web-canary" }).map(({ name }) => name)).toEqual(["web-canary-1"]);
  });

  it("ends, when objects own each other", () => {
    const ring = [
      { uid: "a", owner: "b" },
      { uid: "b", owner: "a" },
    ];
    expect(possessionsOf({ ...nothing, replicaSets: ring, pods: [pod("p", "a")] }).podsOf(web)).toEqual([]);
  });

  it("counts Events about pods and ReplicaSets that are gone, of which the last thousand are remembered", () => {
    const departed = createDeparted();
    departed.note({ uid: "pod", owner: "rs" });
    departed.note({ uid: "rs", owner: "uid-web" });
    departed.note({ uid: "alone", owner: undefined });
    const events = [event("pod"), event("alone")];
    expect(possessionsOf({ ...nothing, events, departed: departed.owners }).eventsOf(web)).toHaveLength(1);
    for (let index = 0; index < 1_000; index += 1) departed.note({ uid: `pod-${index}`, owner: "rs" });
    expect(departed.owners.size).toBe(1_000);
    expect(departed.owners.has("pod")).toBe(false);
  });
});
