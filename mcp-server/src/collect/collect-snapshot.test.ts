import { KubeError, type LogOptions } from "@sre-agent/kube";
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
