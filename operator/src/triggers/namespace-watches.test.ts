import { createFakeClock } from "@sre-agent/kube/testing";
import { expect, it } from "vitest";
import { MemoryCluster } from "../test/cluster.ts";
import { createNamespaceWatches } from "./namespace-watches.ts";

const owned = (kind: string, name: string) => ({
  apiVersion: kind === "Pod" ? "v1" : "apps/v1",
  kind,
  metadata: {
    name,
    namespace: "shop",
    ownerReferences: [{ kind: "Any", name: "o", uid: `uid-of-${name}`, controller: true }],
  },
});

it("remembers whose the deleted were while they are watched, and no longer", async () => {
  const clock = createFakeClock();
  const cluster = new MemoryCluster(clock);
  const watches = createNamespaceWatches(cluster.watch, () => undefined);
  for (const kind of ["Pod", "ReplicaSet"] as const) watches.of(kind).join(`shop/${kind}`, "shop/trigger");
  await clock.advance(1);
  for (const kind of ["Pod", "ReplicaSet"]) {
    cluster.put(owned(kind, kind.toLowerCase()));
    cluster.remove(kind, "shop", kind.toLowerCase());
  }
  expect(Object.fromEntries(watches.departed("shop"))).toEqual({
    ...{ "uid-pod": "uid-of-pod", "uid-replicaset": "uid-of-replicaset" },
  });
  for (const kind of ["Pod", "ReplicaSet"] as const) watches.of(kind).leave(`shop/${kind}`, "shop/trigger");
  await clock.advance(1);
  expect([...watches.departed("shop").keys()]).toEqual([]);
});
