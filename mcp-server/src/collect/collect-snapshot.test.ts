import { REQUIRED_KINDS } from "@sre-agent/diagnosis";
import { KubeError, type LogOptions, type ResourceType } from "@sre-agent/kube";
import { describe, expect, it } from "vitest";
import { createMemoryReader } from "../../test/memory-reader.ts";
import { collectSnapshot } from "./collect-snapshot.ts";

const crashing = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web-1", namespace: "shop", uid: "uid-web-1", resourceVersion: "1" },
  spec: { containers: [{ name: "web" }] },
  status: {
    phase: "Running",
    containerStatuses: [
      {
        name: "web",
        ready: false,
        restartCount: 1,
        state: { waiting: { reason: "CrashLoopBackOff" } },
        lastState: { terminated: { exitCode: 1, reason: "Error" } },
      },
    ],
  },
};
const REMOVED = "unable to retrieve container logs for containerd://8b29cb0d";

function collectWith(logOf: (options: LogOptions) => string) {
  const memory = createMemoryReader();
  memory.put(crashing);
  memory.setLogs(logOf);
  const kinds = [{ apiVersion: "v1", kind: "Pod", scope: "Namespaced" }] as const;
  const { signal } = new AbortController();
  return collectSnapshot({
    reader: memory.reader,
    scope: { namespace: "shop" },
    now: () => 0,
    kinds,
    logs: true,
    signal,
  });
}

const log = (previous: boolean, text: string) => ({
  namespace: "shop",
  pod: "web-1",
  container: "web",
  previous,
  text,
});

describe("the log of a container that was started anew since its status was read", () => {
  it("is that of its present run when the kubelet has removed the run before", async () => {
    const { logs, gaps } = await collectWith(({ previous }) => (previous ? REMOVED : "fatal: no disk"));
    expect({ logs, gaps }).toEqual({ logs: [log(false, "fatal: no disk")], gaps: [] });
  });

  it("is that of its present run when the kubelet knows of none before", async () => {
    const { logs } = await collectWith(({ previous }) => {
      if (previous) throw new KubeError("previous terminated container not found", { code: "INVALID", status: 400 });
      return "fatal: no disk";
    });
    expect(logs).toEqual([log(false, "fatal: no disk")]);
  });

  it("is a gap when neither is there", async () => {
    const { logs, gaps } = await collectWith(() => REMOVED);
    expect(logs).toEqual([]);
    expect(gaps).toEqual(["the previous log of shop/web-1 (web) is removed already"]);
  });
});

it("the log of the run before is read once where it is there", async () => {
  const { logs } = await collectWith(({ previous }) => (previous ? "fatal: no disk" : "starting"));
  expect(logs).toEqual([log(true, "fatal: no disk")]);
});

describe("custom resources", () => {
  const served = (apiVersion: string, kind: string, fields: Partial<ResourceType> = {}): ResourceType => ({
    ...{ apiVersion, kind, resource: `${kind.toLowerCase()}s`, singular: kind.toLowerCase(), shortNames: [] },
    ...{ namespaced: true, verbs: ["get", "list"], categories: [], ...fields },
  });
  const plot = {
    apiVersion: "farm.example.net/v1",
    kind: "Plot",
    metadata: { name: "north", namespace: "shop", uid: "uid-north", resourceVersion: "1" },
  };

  async function collectServing(types: readonly ResourceType[], hook: (what: string) => void = () => undefined) {
    const memory = createMemoryReader();
    memory.put(plot);
    memory.hook = hook;
    const reader = { ...memory.reader, discover: async () => types };
    const { signal } = new AbortController();
    const snapshot = await collectSnapshot({ reader, scope: { namespace: "shop" }, now: () => 0, logs: false, signal });
    return {
      ...snapshot,
      listed: (kind: string) => memory.reads.filter((read) => read.startsWith(`list ${kind} `)).length,
    };
  }

  it("of the namespace are read, one version of each kind", async () => {
    const { objects, listed } = await collectServing([
      served("farm.example.net/v1", "Plot"),
      served("farm.example.net/v1beta1", "Plot"),
    ]);
    expect(objects).toEqual([expect.objectContaining({ kind: "Plot", apiVersion: "farm.example.net/v1" })]);
    expect(listed("Plot")).toBe(1);
  });

  it.each([
    ["is Kubernetes' own", served("storage.k8s.io/v1", "CSIStorageCapacity")],
    ["is sre-agent's own", served("sre-agent.dev/v1alpha1", "SreTrigger")],
    ["belongs to no namespace", served("farm.example.net/v1", "Field", { namespaced: false })],
    ["cannot be listed", served("farm.example.net/v1", "Review", { verbs: ["create"] })],
  ])("of a kind that %s are not", async (_, type) => {
    expect((await collectServing([type])).listed(type.kind)).toBe(0);
  });

  it("are no Services, whatever the name of their kind", async () => {
    expect((await collectServing([served("serving.knative.dev/v1", "Service")])).listed("Service")).toBe(1);
  });

  it("of at most thirty kinds are read, and the snapshot says so", async () => {
    const many = Array.from({ length: 33 }, (_, number) => served("farm.example.net/v1", `Kind${number}`));
    const { beyond, listed } = await collectServing(many);
    expect(many.filter(({ kind }) => listed(kind) > 0)).toHaveLength(30);
    expect(beyond).toEqual(["kinds that extensions serve, not read, or not all of their objects: 3"]);
  });

  it.each(["FORBIDDEN", "TIMEOUT", "UNREACHABLE", "SERVER_ERROR"] as const)(
    "that answer %s are no gap, and stop nothing",
    async (code) => {
      const { gaps, beyond } = await collectServing([served("farm.example.net/v1", "Plot")], (what) => {
        if (what.startsWith("list Plot")) throw new KubeError("no", { code });
      });
      expect(gaps).toEqual([]);
      expect(beyond).toEqual(["kinds that extensions serve, not read, or not all of their objects: 1"]);
    },
  );

  it("and the usage of pods, before all", async () => {
    const many = Array.from({ length: 33 }, (_, number) => served("farm.example.net/v1", `Kind${number}`));
    const { listed } = await collectServing([...many, served("metrics.k8s.io/v1beta1", "PodMetrics")]);
    expect(listed("PodMetrics")).toBe(1);
  });
});

it("a kubelet that does not answer leaves a gap and is asked once; the rest is told", async () => {
  const asked: boolean[] = [];
  const { objects, logs, gaps } = await collectWith(({ previous = false }) => {
    asked.push(previous);
    throw new KubeError("GET /api/v1/namespaces/shop/pods/web-1/log took longer than 5 s.", { code: "TIMEOUT" });
  });
  expect({ objects: objects.length, logs, asked }).toEqual({ objects: 1, logs: [], asked: [true] });
  expect(gaps).toEqual(["the previous log of shop/web-1 (web) could not be read: TIMEOUT"]);
});

it("an API server that does not answer is told as such", async () => {
  const unreachable = new KubeError("The API server cannot be reached.", { code: "UNREACHABLE" });
  await expect(
    collectWith(() => {
      throw unreachable;
    }),
  ).rejects.toBe(unreachable);
});

it("reads each kind once and 40 logs at most, however many namespaces and failing pods there are", async () => {
  const memory = createMemoryReader();
  for (let index = 0; index < 200; index += 1) {
    const [name, namespace] = [`web-${index}`, `shop-${index % 20}`];
    memory.put({ ...crashing, metadata: { ...crashing.metadata, name, namespace, uid: name } });
  }
  const { signal } = new AbortController();
  await collectSnapshot({ reader: memory.reader, scope: {}, now: () => 0, logs: true, signal });
  const [lists, logs] = ["list", "logs"].map((verb) => memory.reads.filter((read) => read.startsWith(`${verb} `)));
  expect(new Set(lists).size).toBe(lists?.length);
  expect(lists).toHaveLength(REQUIRED_KINDS.length);
  expect(logs).toHaveLength(40);
});
