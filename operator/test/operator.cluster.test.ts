import { API_VERSION, GROUP, type SreInvestigation } from "@sre-agent/crds";
import { createInstaller, createReader, createRecordWriter, type KubeObject, systemClock } from "@sre-agent/kube";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readJournal } from "../src/transcripts/chunk.ts";
import { readChunks } from "../src/transcripts/transcript-store.ts";
import { type ConditionSource, conditionHolds } from "../src/triggers/condition.ts";
import { type PodObject, podOf, type WatchedPod, type WatchedWorkload } from "../src/triggers/workload.ts";
import { createWatch } from "../src/watch.ts";
import { eventually, type RealOperator, startRealOperator } from "./real-operator.ts";

const NAMESPACE = `operator-${process.pid}`;
const ended = new AbortController();
let operator: RealOperator;

const pod = (app: string, command: string) => ({
  metadata: { labels: { app } },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [
      {
        ...{ name: "c", image: "localhost/toolbox:1", imagePullPolicy: "Never", command: ["sh", "-c", command] },
        volumeMounts: [{ name: "state", mountPath: "/state" }],
      },
    ],
    volumes: [{ name: "state", emptyDir: {} }],
  },
});

const NAMES = ["one", "two", "three", "four", "five", "six"] as const;

const deployment = (name: string, command = "exit 3") => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace: NAMESPACE, labels: { app: "crash" } },
  spec: { replicas: 1, selector: { matchLabels: { app: name } }, template: pod(name, command) },
});

/** What runs after that crash stays. */
const CRASHES_ONCE = "[ -e /state/crashed ] && exec sleep 3600; touch /state/crashed; sleep 8; exit 3";

const CRASH_LOOP: ConditionSource = { of: "Pods", type: "Ready", status: "False", reasons: ["CrashLoopBackOff"] };

const trigger = {
  apiVersion: API_VERSION,
  kind: "SreTrigger",
  metadata: { name: "crashes", namespace: NAMESPACE },
  spec: {
    target: { kinds: ["Deployment"], selector: { matchLabels: { app: "crash" } } },
    when: [{ condition: CRASH_LOOP }],
  },
};

/** When the condition of each workload was first seen on a watch of our own, and when its investigation was. */
function observe(signal: AbortSignal) {
  const [ill, created] = [new Map<string, number>(), new Map<string, number>()];
  const note = (times: Map<string, number>, name: string) => void times.set(name, times.get(name) ?? performance.now());
  const watch = createWatch({
    connection: operator.connection,
    clock: systemClock,
    random: Math.random,
    onError: () => undefined,
  });
  const pods = watch<WatchedPod, PodObject>({
    kind: { apiVersion: "v1", kind: "Pod" },
    namespace: NAMESPACE,
    project: podOf,
    onChange: (_key, _old, now) => {
      const isIll = now && conditionHolds(CRASH_LOOP, {} as WatchedWorkload, { pods: [now], now: Date.now() });
      // The pod of Deployment `one` is `one-<hash>-<suffix>`.
      if (isIll) note(ill, now.name.split("-")[0] ?? "");
    },
  });
  const runs = watch<SreInvestigation, SreInvestigation & KubeObject>({
    kind: { apiVersion: API_VERSION, kind: "SreInvestigation" },
    namespace: NAMESPACE,
    project: (run) => run,
    onChange: (_key, _old, now) => note(created, now?.spec.target.name ?? ""),
  });
  void pods.run(signal);
  void runs.run(signal);
  return { ill, created, runs: runs.store };
}

beforeAll(async () => {
  operator = await startRealOperator(NAMESPACE);
});

afterAll(async () => {
  ended.abort();
  await operator?.stop();
});

describe("on a real cluster", () => {
  it("crash-looping Deployments get one investigation each, which reach decisions", async () => {
    const { ill, created, runs } = observe(ended.signal);
    const installer = createInstaller(operator.connection);
    await installer.apply(trigger);
    for (const name of NAMES) await installer.apply(deployment(name));
    const decided = await eventually(async () => {
      const done = runs.list().filter(({ status }) => status?.completedAt !== undefined);
      return done.length === NAMES.length ? done : undefined;
    });
    const delays = NAMES.map((name) => Math.round((created.get(name) ?? 0) - (ill.get(name) ?? 0)));
    process.stdout.write(`condition seen → investigation seen, ms: ${delays.join(", ")}\n`);
    // Below 2 s on a quiet machine; what is printed is the figure, and this only that it is no matter of polling.
    expect(Math.max(...delays)).toBeLessThan(30_000);
    for (const run of decided) {
      expect(run.status).toMatchObject({ phase: "NoActionNeeded", decision: "deny", usage: { steps: 1 } });
      expect(run.spec.symptom).toMatch(/CrashLoopBackOff/);
    }
    expect(runs.size).toBe(NAMES.length);
  });

  it("a Deployment without a probe is seen at its first crash, although it is Ready again a second later", async () => {
    await createInstaller(operator.connection).apply(deployment("slow", CRASHES_ONCE));
    const reader = createReader(operator.connection);
    const kind = { apiVersion: API_VERSION, kind: "SreInvestigation" };
    const run = await eventually(async () => {
      const { items } = await reader.listAll<SreInvestigation & KubeObject>(kind, { namespace: NAMESPACE });
      return items.find(({ spec, status }) => spec.target.name === "slow" && status?.completedAt !== undefined);
    });
    expect(run.spec.symptom).toMatch(/CrashLoopBackOff/);
  });

  it("a run's transcript is whole, and goes with the run", async () => {
    const access = {
      reader: createReader(operator.connection),
      recordWriter: createRecordWriter(operator.connection, { group: GROUP }),
    };
    const kind = { apiVersion: API_VERSION, kind: "SreInvestigation" };
    const { items } = await access.reader.listAll<SreInvestigation & KubeObject>(kind, { namespace: NAMESPACE });
    const [run] = items;
    if (run === undefined) throw new Error("the test before left no run");
    const { signal } = new AbortController();
    expect(readJournal(await readChunks(access, run, signal)).map(({ seq }) => seq)).toEqual([0, 1, 2, 3]);
    // The trigger first: an open incident without its run starts it again.
    await createInstaller(operator.connection).delete({
      ...trigger,
      namespace: NAMESPACE,
      name: trigger.metadata.name,
    });
    await access.recordWriter.delete({ ...kind, namespace: NAMESPACE, name: run.metadata.name });
    const left = await eventually(async () => ((await readChunks(access, run, signal)).length === 0 ? 0 : undefined));
    expect(left).toBe(0);
  });
});
