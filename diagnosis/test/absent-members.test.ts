import { describe, expect, test } from "vitest";
import type { Fields } from "./builders.ts";
import { app, CRASHING, found, object, revised, said, service } from "./objects.ts";

/** A StatefulSet of two whose pods look each other up. */
const headless = service("db", { clusterIP: "None", publishNotReadyAddresses: true });
const set = (parts: { readonly container?: Fields; readonly replicas?: number; readonly spec?: Fields }) => [
  headless,
  ...revised(
    app("db", {
      kind: "StatefulSet",
      ready: false,
      replicas: parts.replicas ?? 2,
      ...(parts.container ? { container: parts.container } : {}),
    }),
    "StatefulSet",
    { spec: { serviceName: "db", ...parts.spec } },
  ),
];
const peers = { env: [{ name: "PEERS", value: "db-0.db,db-1.db,db-2.db" }] };
const waits = (host: string) => [said("db-1", `waiting for peer ${host}: no such host`)];
const membersIn = (given: Parameters<typeof found>[0], logs: Parameters<typeof found>[1]) =>
  found(given, logs).filter(({ analyzer }) => analyzer === "absent-member");

describe("a peer with an ordinal that the StatefulSet does not have", () => {
  test("in env: the replicas are named", () => {
    expect(found(set({ container: peers }), waits("db-2.db"))).toMatchObject([
      {
        analyzer: "absent-member",
        severity: "critical",
        subject: { kind: "StatefulSet", name: "db" },
        cause:
          "StatefulSet/db: env PEERS of container main names db-2.db, and StatefulSet/db has 2 replicas (spec.replicas), ordinals 0 to 1",
        fix: {
          kind: "decision",
          summary:
            "take db-2.db out of env PEERS of container main, or set spec.replicas of StatefulSet/db to 3, whichever is meant",
        },
      },
    ]);
  });

  test("in an argument, by its full name", () => {
    const container = { args: ["--join=db-0.db.shop.svc.cluster.local,db-4.db.shop.svc.cluster.local"] };
    const [finding] = membersIn(set({ container }), waits("db-4.db.shop.svc.cluster.local"));
    expect(finding?.cause).toMatch(/args of container main names db-4\.db, /);
  });

  test("in a ConfigMap", () => {
    const given = set({ container: { envFrom: [{ configMapRef: { name: "peers" } }] } });
    const peersMap = object("ConfigMap", "peers", { data: { members: "db-0.db db-2.db" } });
    const [finding] = membersIn([...given, peersMap], waits("db-2.db"));
    expect(finding).toMatchObject({ subject: { kind: "ConfigMap", name: "peers" } });
    expect(finding?.cause).toMatch(/^key members of ConfigMap\/peers names db-2\.db, /);
  });

  test("of a client that is another workload", () => {
    const worker = app("worker", { ...CRASHING, container: { env: [{ name: "DB", value: "db-7.db:5432" }] } });
    const ready = revised(app("db", { kind: "StatefulSet", replicas: 2 }), "StatefulSet", {
      spec: { serviceName: "db" },
    });
    const [finding, ...others] = found(
      [headless, ...ready, ...worker],
      [said("worker-0", "dial db-7.db: no such host")],
    );
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ analyzer: "absent-member", subject: { kind: "Deployment", name: "worker" } });
  });

  test.each([
    ["it has that pod", set({ container: peers, replicas: 3 }), waits("db-2.db")],
    ["its ordinals begin higher", set({ container: peers, spec: { ordinals: { start: 1 } } }), waits("db-2.db")],
    ["it complains of another one", set({ container: peers }), waits("db-0.db")],
    ["nobody complains", set({ container: peers }), []],
    ["it is a name below another Service", set({ container: { args: ["db-2.peers"] } }), waits("db-2.peers")],
  ])("silent: %s", (_, given, logs) => {
    expect(membersIn(given, logs)).toEqual([]);
  });
});
