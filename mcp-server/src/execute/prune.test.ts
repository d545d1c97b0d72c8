import { API_VERSION, type RemediationStatus } from "@sre-agent/crds";
import { KubeError } from "@sre-agent/kube";
import { expect, test } from "vitest";
import { pruneLedger } from "./prune.ts";
import { createIncident, type Incident, type Record } from "./test/incident.ts";

const HOUR_MS = 3_600_000;

function put(incident: Incident, name: string, status: RemediationStatus): void {
  const target = { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "web", uid: "web-uid" };
  const spec = { action: { type: "Rollback", target, parameters: { toRevision: 1 } } };
  incident.cluster.put({
    apiVersion: API_VERSION,
    kind: "SreRemediation",
    metadata: { namespace: "shop", name },
    spec,
    status,
  });
}

function policy({ cluster }: Incident, spec: object): void {
  cluster.put({
    apiVersion: API_VERSION,
    kind: "SrePolicy",
    metadata: { name: "default" },
    spec: { mode: "auto", ...spec },
  });
}

const hoursAgo = ({ clock }: Incident, hours: number) => new Date(clock.now() - hours * HOUR_MS).toISOString();
const left = ({ cluster }: Incident) => cluster.all<Record>("SreRemediation").map(({ metadata }) => metadata.name);
const prune = ({ dependencies }: Incident) => pruneLedger(dependencies, new AbortController().signal);

test("ended records go after their retention, open ones never", async () => {
  const incident = createIncident();
  policy(incident, { retention: { remediations: "48h" } });
  put(incident, "act-old", { phase: "Succeeded", completedAt: hoursAgo(incident, 49) });
  put(incident, "act-new", { phase: "Succeeded", completedAt: hoursAgo(incident, 47) });
  put(incident, "act-open", { phase: "Verifying" });
  expect(await prune(incident)).toBe(1);
  expect(left(incident)).toEqual(["act-new", "act-open"]);
});

test.each<[string, (incident: Incident) => void]>([
  ["a quota of a day", (incident) => policy(incident, { retention: { remediations: "1h" } })],
  [
    "the breaker",
    (incident) => policy(incident, { retention: { remediations: "1h" }, breaker: { failures: 2, within: "30h" } }),
  ],
  [
    "the cooldown of an SreAction",
    (incident) => {
      policy(incident, { retention: { remediations: "1h" } });
      const targets = [{ kind: "Deployment", names: ["web"] }];
      const spec = { type: "Restart", targets, cooldown: "30h" };
      incident.cluster.put({
        apiVersion: API_VERSION,
        kind: "SreAction",
        metadata: { namespace: "shop", name: "slow" },
        spec,
      });
    },
  ],
])("what %s still counts stays, however short the retention", async (_what, set) => {
  const incident = createIncident();
  set(incident);
  put(incident, "act-1", { phase: "Failed", completedAt: hoursAgo(incident, 23) });
  expect(await prune(incident)).toBe(0);
  expect(left(incident)).toEqual(["act-1"]);
});

test("without a policy nothing is deleted, and a policy that cannot be read is told", async () => {
  const incident = createIncident();
  put(incident, "act-1", { phase: "Failed", completedAt: hoursAgo(incident, 5_000) });
  incident.cluster.remove({ apiVersion: API_VERSION, kind: "SrePolicy", name: "default" });
  expect(await prune(incident)).toBe(0);
  incident.cluster.hook = ({ what }) => {
    if (what === "get SrePolicy") throw new KubeError("down", { code: "UNREACHABLE" });
  };
  await expect(prune(incident)).rejects.toThrow("down");
});
