import { API_VERSION, type SreInvestigation, type SreTrigger } from "@sre-agent/crds";
import { createInstaller, createReader, type KubeObject, type NewObject, type Reader } from "@sre-agent/kube";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, type RealOperator, startRealOperator } from "./real-operator.ts";

const NAMESPACE = `operator-events-${process.pid}`;
let operator: RealOperator;
let reader: Reader;

const deployment = (name: string) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace: NAMESPACE },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { terminationGracePeriodSeconds: 0, containers: [{ name: "c", image: "localhost/no-such-image:1" }] },
    },
  },
});

const trigger = (name: string, event: object) => ({
  apiVersion: API_VERSION,
  kind: "SreTrigger",
  metadata: { name, namespace: NAMESPACE },
  spec: { target: { kinds: ["Deployment"] }, when: [{ event }] },
});

const apply = (object: object) => createInstaller(operator.connection).apply(object as NewObject);

async function runs(): Promise<readonly SreInvestigation[]> {
  const kind = { apiVersion: API_VERSION, kind: "SreInvestigation" };
  return (await reader.listAll<SreInvestigation & KubeObject>(kind, { namespace: NAMESPACE })).items;
}

function readTrigger(name: string): Promise<SreTrigger & KubeObject> {
  return reader.get({ apiVersion: API_VERSION, kind: "SreTrigger", namespace: NAMESPACE, name });
}

const runOf = (trigger: string) =>
  eventually(async () => {
    const all = await runs();
    return all.find(({ spec, status }) => spec.triggerRef?.name === trigger && status?.completedAt !== undefined);
  });

/** What the API of newer components stores: an Event with a series. */
async function tellSeries(name: string, count: number): Promise<void> {
  const about = { apiVersion: "apps/v1", kind: "Deployment", namespace: NAMESPACE, name };
  const { metadata } = await reader.get<KubeObject>(about);
  const time = new Date().toISOString().replace("Z", "000Z");
  await apply({
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: { name: `${name}.${Date.now()}`, namespace: NAMESPACE },
    eventTime: time,
    reportingController: "example.com/test",
    reportingInstance: "test-1",
    action: "Test",
    reason: "Tested",
    type: "Warning",
    regarding: { ...about, uid: metadata.uid },
    series: { count, lastObservedTime: time },
  });
}

beforeAll(async () => {
  operator = await startRealOperator(NAMESPACE);
  reader = createReader(operator.connection);
});
afterAll(() => operator?.stop());

describe("Events on a real cluster", () => {
  it("of the kubelet about a pod start one investigation of its Deployment", async () => {
    await apply(deployment("web"));
    await apply(deployment("web-canary"));
    await apply(trigger("pulls", { reasons: ["Failed", "BackOff"], atLeast: 2 }));
    const [web] = await eventually(async () => {
      const done = (await runs()).filter(({ status }) => status?.completedAt !== undefined);
      return done.length === 2 ? done.toSorted((a, b) => a.metadata.name.localeCompare(b.metadata.name)) : undefined;
    });
    expect(web?.spec.symptom).toMatch(/Pod web(-canary)?-[a-z0-9-]+: Event (Failed|BackOff), \d+ times/);
    const targets = (await runs()).map(({ spec }) => spec.target.name);
    expect(targets.toSorted()).toEqual(["web", "web-canary"]);
  });

  it("are counted once, whoever starts anew", async () => {
    await operator.restart();
    await operator.restart();
    // A pass after the restart writes the status again; had it started something, it would have done so before.
    const before = (await readTrigger("pulls")).metadata.resourceVersion;
    await eventually(async () => ((await readTrigger("pulls")).metadata.resourceVersion === before ? undefined : true));
    const { status } = await readTrigger("pulls");
    expect(status?.incidents?.map(({ episode }) => episode)).toEqual([1, 1]);
    expect(status?.incidents?.every(({ eventWatermark }) => eventWatermark !== undefined)).toBe(true);
    expect(await runs()).toHaveLength(2);
  });

  it("of events.k8s.io count by their series", async () => {
    await apply({ ...deployment("quiet"), spec: { ...deployment("quiet").spec, replicas: 0 } });
    await apply(trigger("tested", { reasons: ["Tested"], atLeast: 4 }));
    await tellSeries("quiet", 4);
    const run = await runOf("tested");
    expect(run.spec).toMatchObject({ target: { kind: "Deployment", name: "quiet" } });
    expect(run.spec.symptom).toMatch(/^Deployment quiet is unwell since \S+: Event Tested, 4 times/);
  });
});
