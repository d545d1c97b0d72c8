import { expect, test } from "vitest";
import { matchesSelector, selectorText } from "../src/snapshot/label-selector.ts";
import { nearestName } from "../src/snapshot/nearest-name.ts";
import { quantity } from "../src/snapshot/quantity.ts";
import { referencesOf } from "../src/snapshot/references.ts";

test.each([
  ["100m", 0.1],
  ["2", 2],
  ["1.5Gi", 1.5 * 2 ** 30],
  ["128Mi", 128 * 2 ** 20],
  ["1e3", 1000],
  ["500M", 500e6],
  [4, 4],
  ["-", undefined],
  ["12 apples", undefined],
  [undefined, undefined],
])("quantity %s", (text, number) => {
  expect(quantity(text)).toBe(number);
});

test.each([
  [{}, {}, true],
  [undefined, { a: "1" }, false],
  [{ matchLabels: { a: "1" } }, { a: "1", b: "2" }, true],
  [{ matchLabels: { a: "1" } }, { a: "2" }, false],
  [{ matchExpressions: [{ key: "a", operator: "In", values: ["1", "2"] }] }, { a: "2" }, true],
  [{ matchExpressions: [{ key: "a", operator: "NotIn", values: ["1"] }] }, {}, true],
  [{ matchExpressions: [{ key: "a", operator: "Exists" }] }, {}, false],
  [{ matchExpressions: [{ key: "a", operator: "DoesNotExist" }] }, {}, true],
  [{ matchExpressions: [{ key: "a", operator: "Gt", values: ["5"] }] }, { a: "6" }, true],
  [{ matchExpressions: [{ key: "a", operator: "Likes", values: ["5"] }] }, { a: "5" }, false],
])("selector %j on %j: %s", (selector, labels, matches) => {
  expect(matchesSelector(selector, labels)).toBe(matches);
});

test("a selector reads as kubectl writes it", () => {
  const matchExpressions = [
    { key: "tier", operator: "In", values: ["a", "b"] },
    { key: "x", operator: "Exists" },
  ];
  expect(selectorText({ matchLabels: { app: "web" }, matchExpressions })).toBe("app=web,tier in (a, b),x");
});

test.each([
  ["setings", ["settings", "other"], "settings"],
  ["ngnix", ["nginx"], "nginx"],
  ["web-config-v2", ["web-config", "api"], "web-config"],
  ["db", ["ab", "cb"], undefined],
  ["db", ["web"], undefined],
  ["web", ["db"], undefined],
  ["web", ["wep"], "wep"],
  ["session-storage-gateway", ["session-metrics-gateway"], undefined],
  ["session-storge-gatewy", ["session-storage-gateway"], "session-storage-gateway"],
  ["settings", ["settings"], undefined],
  ["alpha", ["omega-long"], undefined],
])("nearest of %s in %j is %s", (asked, names, nearest) => {
  expect(nearestName(asked, names)).toBe(nearest);
});

test("references of a pod spec, with where they stand", () => {
  const spec = {
    initContainers: [{ name: "init", envFrom: [{ configMapRef: { name: "base" } }] }],
    containers: [
      {
        name: "web",
        env: [
          { name: "PORT", valueFrom: { configMapKeyRef: { name: "settings", key: "port" } } },
          { name: "PLAIN", value: "x" },
          { name: "KEY", valueFrom: { secretKeyRef: { name: "keys", key: "k", optional: true } } },
        ],
      },
    ],
    volumes: [
      { name: "conf", configMap: { name: "files", items: [{ key: "a.yaml", path: "a" }] } },
      { name: "tls", secret: { secretName: "tls" } },
      { name: "data", persistentVolumeClaim: { claimName: "data" } },
      { name: "all", projected: { sources: [{ serviceAccountToken: {} }, { configMap: { name: "projected" } }] } },
      { name: "tmp", emptyDir: {} },
    ],
  };
  expect(
    referencesOf(spec).map(({ kind, name, key, optional, by, pointer }) => [kind, name, key, optional, by, pointer]),
  ).toEqual([
    ["ConfigMap", "base", undefined, false, "env", "/initContainers/0/envFrom/0/configMapRef"],
    ["ConfigMap", "settings", "port", false, "env", "/containers/0/env/0/valueFrom/configMapKeyRef"],
    ["Secret", "keys", "k", true, "env", "/containers/0/env/2/valueFrom/secretKeyRef"],
    ["ConfigMap", "files", "a.yaml", false, "volume", "/volumes/0/configMap"],
    ["Secret", "tls", undefined, false, "volume", "/volumes/1/secret"],
    ["PersistentVolumeClaim", "data", undefined, false, "volume", "/volumes/2/persistentVolumeClaim"],
    ["ConfigMap", "projected", undefined, false, "volume", "/volumes/3/projected/sources/1/configMap"],
  ]);
});
