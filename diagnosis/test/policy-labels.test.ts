import { describe, expect, test } from "vitest";
import type { SnapshotObject } from "../src/index.ts";
import type { Fields } from "./builders.ts";
import { app, causes, found, object } from "./objects.ts";

const admits = (from: Fields) =>
  object("NetworkPolicy", "db-in", {
    spec: { podSelector: { matchLabels: { app: "db" } }, policyTypes: ["Ingress"], ingress: [{ from: [from] }] },
  });
const namespace = (name: string, labels: Fields) =>
  object("Namespace", name, { metadata: { labels: { "kubernetes.io/metadata.name": name, ...labels } } });
const orders = { namespaceSelector: { matchLabels: { team: "orders" } }, podSelector: { matchLabels: { app: "web" } } };

describe("labels that a policy looks for under another key", () => {
  test("a namespace that carries the value", () => {
    const given = [...app("db"), admits(orders), namespace("shop", {}), namespace("sales", { squad: "orders" })];
    expect(found(given)).toMatchObject([
      {
        severity: "warning",
        subject: { kind: "NetworkPolicy", name: "db-in" },
        cause:
          "NetworkPolicy/db-in names namespaces with team=orders (spec.ingress[0].from[0].namespaceSelector), which no namespace carries; Namespace/sales carries squad=orders",
        fix: { kind: "decision" },
      },
    ]);
  });

  test("pods that carry their name under another key", () => {
    const given = [
      ...app("db"),
      ...app("web", { labels: { "app.kubernetes.io/name": "web", tier: "front" } }),
      admits({ podSelector: { matchLabels: { app: "web" } } }),
    ];
    expect(causes(given)).toEqual([
      "NetworkPolicy/db-in names pods with app=web (spec.ingress[0].from[0].podSelector), which no pod carries; the pods of Deployment/web carry app.kubernetes.io/name=web",
    ]);
  });

  test.each<readonly [string, readonly SnapshotObject[]]>([
    ["a namespace that carries the label", [admits(orders), namespace("sales", { team: "orders" })]],
    [
      "two namespaces that might be meant",
      [admits(orders), namespace("a", { squad: "orders" }), namespace("b", { unit: "orders" })],
    ],
    [
      "a word that is everywhere",
      [admits({ namespaceSelector: { matchLabels: { monitored: "true" } } }), namespace("a", { istio: "true" })],
    ],
    [
      "a label that is no name",
      [
        ...app("web", { labels: { app: "web", tier: "front" } }),
        admits({ podSelector: { matchLabels: { role: "front" } } }),
      ],
    ],
  ])("silent: %s", (_, given) => {
    expect(found([...app("db"), ...given])).toEqual([]);
  });
});
