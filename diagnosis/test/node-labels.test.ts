import { expect, test } from "vitest";
import { minutesAgo } from "./builders.ts";
import { app, found, object, revised } from "./objects.ts";

const UNMATCHED = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.";

/** A workload that asks for `key=asked` of nodes that all carry `key=carried`. */
const askingFor = (key: string, asked: string, carried: string) => {
  const spec = { nodeName: undefined, nodeSelector: { [key]: asked } };
  const status = {
    phase: "Pending",
    conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: UNMATCHED }],
  };
  const workload = revised(app("web", { ready: false, spec }), "Pod", {
    metadata: { creationTimestamp: minutesAgo(5) },
    status,
  });
  return [...workload, object("Node", "n-1", { metadata: { labels: { [key]: carried } } })];
};

test.each([
  ["another kind of node", "disk", "nvme", "ssd", /^correct .*, or label a node with disk=nvme$/],
  ["another generation", "gpu", "gen-1", "gen-2", /^correct .*, or label a node/],
  ["another system", "kubernetes.io/os", "windows", "linux", /^decide where it can run: an image runs only on/],
  ["a similar architecture", "kubernetes.io/arch", "arm", "arm64", /^decide where it can run: an image runs only on/],
  ["the zone beside", "topology.kubernetes.io/zone", "eu-1a", "eu-1b", /\(volumes, neighbours\).*or add a node with/],
])("a selector for %s is for a person to decide", (_, key, asked, carried, summary) => {
  const [finding, ...others] = found(askingFor(key, asked, carried));
  expect(others).toEqual([]);
  expect(finding?.cause).toContain(`nodeSelector asks for ${key}=${asked}`);
  expect(finding?.cause).toContain(`nodes have ${key}=${carried}`);
  expect(finding?.fix).toEqual({ kind: "decision", summary: expect.stringMatching(summary) });
});

test.each([
  ["letters", "disk", "sdd", "ssd", "/spec/template/spec/nodeSelector/disk"],
  ["case", "kubernetes.io/os", "Linux", "linux", "/spec/template/spec/nodeSelector/kubernetes.io~1os"],
])("a selector that differs by %s follows the nodes", (_, key, asked, carried, path) => {
  const [finding] = found(askingFor(key, asked, carried));
  const patch = [{ path, from: JSON.stringify(asked), to: JSON.stringify(carried) }];
  expect(finding?.fix).toMatchObject({ kind: "patch", patch });
});
