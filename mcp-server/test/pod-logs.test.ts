import { EVIDENCE_META_KEY } from "@sre-agent/crds";
import { KubeError, type LogOptions } from "@sre-agent/kube";
import { beforeEach, describe, expect, it } from "vitest";
import { codeOf, textOf, tokensOf } from "./calls.ts";
import { ago, createMemoryCalls, type MemoryCalls } from "./memory-calls.ts";

let calls: MemoryCalls;
/** Each read of a log, as container or container (previous). */
let asked: string[];

const running = (name: string) => ({
  name,
  ready: true,
  restartCount: 0,
  state: { running: { startedAt: ago(60) } },
});
const crashing = (name: string) => ({
  name,
  ready: false,
  restartCount: 4,
  state: { waiting: { reason: "CrashLoopBackOff" } },
  lastState: { terminated: { exitCode: 1, reason: "Error" } },
});
const done = (name: string) => ({
  name,
  ready: true,
  restartCount: 0,
  state: { terminated: { exitCode: 0, reason: "Completed" } },
});

interface Statuses {
  readonly init?: readonly object[];
  readonly containers: readonly object[];
}

function putPod({ init = [], containers }: Statuses): void {
  const metadata = { name: "web-1", namespace: "shop", uid: "uid-web-1", resourceVersion: "1" };
  const status = { phase: "Running", initContainerStatuses: init, containerStatuses: containers };
  calls.cluster.put({ apiVersion: "v1", kind: "Pod", metadata, spec: {}, status });
}

const read = (args: object = {}) => calls.call("pod_logs", { pod: "web-1", ...args });
/** The heads of the blocks: all lines outside envelopes and without evidence ids. */
const headsOf = (text: string) =>
  text
    .replaceAll(/<untrusted-(\w+) [^>]*>\n[\s\S]*?\n<\/untrusted-\1>/g, "")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.replace(/^\[ev-\w+\] /, ""));

beforeEach(() => {
  calls = createMemoryCalls();
  calls.cluster.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", uid: "uid-shop" } });
  asked = [];
  calls.cluster.setLogs((options) => {
    asked.push(`${options.container ?? "the only one"}${options.previous === true ? " (previous)" : ""}`);
    return lineOf(options);
  });
});

const lineOf = ({ container, previous }: LogOptions) =>
  `${ago(5)} ${container} says ${previous === true ? "goodbye" : "hello"}`;

describe("pod_logs of a pod with several containers", () => {
  it("shows all, the failing first with its run before the crash, and each is evidence of its own", async () => {
    putPod({ init: [done("migrate")], containers: [running("proxy"), crashing("app")] });
    const reply = await read();
    expect(headsOf(textOf(reply))).toEqual(["app: 1 lines of the run before", "migrate: 1 lines", "proxy: 1 lines"]);
    expect(textOf(reply)).toContain("app says goodbye");
    expect(textOf(reply)).toContain("proxy says hello");
    expect(asked.toSorted()).toEqual(["app (previous)", "migrate", "proxy"]);
    const ids = reply._meta[EVIDENCE_META_KEY] as string[];
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(textOf(reply)).toContain(`[${id}] `);
  });

  it("puts an init container that failed before those that wait for it, and says what they wait for", async () => {
    const failed = { ...crashing("migrate"), state: { terminated: { exitCode: 1, reason: "Error" } }, restartCount: 0 };
    const initializing = { name: "app", ready: false, restartCount: 0 };
    const waiting = { ...initializing, state: { waiting: { reason: "PodInitializing" } } };
    putPod({ init: [failed], containers: [waiting] });
    calls.cluster.setLogs((options) => {
      if (options.container !== "app") return lineOf(options);
      throw new KubeError('container "app" in pod "web-1" is waiting to start', { code: "INVALID", status: 400 });
    });
    expect(headsOf(textOf(await read()))).toEqual(["migrate: 1 lines", "app: no log; it waits: PodInitializing"]);
  });

  it("reads the named one alone, and the run that was asked for", async () => {
    putPod({ containers: [running("proxy"), crashing("app")] });
    expect(headsOf(textOf(await read({ container: "proxy" })))).toEqual(["1 lines"]);
    await read({ container: "app", previous: false });
    await read({ container: "app", previous: true });
    expect(asked).toEqual(["proxy", "app", "app (previous)"]);
  });

  it("offers the run before of one that restarted and runs again", async () => {
    putPod({ containers: [{ ...running("app"), restartCount: 2 }] });
    expect(headsOf(textOf(await read()))).toEqual(["1 lines; restarted 2 times: previous shows the run before"]);
  });

  it("reads five of seven and names the others", async () => {
    putPod({ containers: [...["a", "b", "c", "d", "e", "f"].map(running), crashing("broken")] });
    const heads = headsOf(textOf(await read()));
    expect(heads[0]).toBe("broken: 1 lines of the run before");
    expect(heads.at(-1)).toBe("Name one for more: e, f.");
    expect(asked).toHaveLength(5);
  });

  it("shares one budget among noisy containers", async () => {
    putPod({ containers: ["a", "b", "c", "d", "e"].map(running) });
    // Words, since numbers alone would make one template of all lines.
    const word = (index: number) => index.toString(26).replaceAll(/\d/g, (digit) => "qrstuvwxyz"[Number(digit)] ?? "");
    const lines = Array.from(
      { length: 400 },
      (_, index) => `${ago(5)} the ${word(index)} order was sent to its queue and its owner was told`,
    );
    calls.cluster.setLogs(() => lines.join("\n"));
    const reply = await read();
    expect(headsOf(textOf(reply))).toEqual(["a", "b", "c", "d", "e"].map((name) => `${name}: 400 lines`));
    expect(textOf(reply).match(/cut: narrow by container, since or grep/g)).toHaveLength(5);
    expect(tokensOf(reply)).toBeLessThanOrEqual(2_000);
  });

  it("counts only lines with the text that was asked for, in every container", async () => {
    putPod({ containers: [running("proxy"), running("app")] });
    calls.cluster.setLogs(
      ({ container }) => `${ago(5)} GET /cart\n${ago(4)} ${container} POST /pay\n${ago(3)} POST /pay`,
    );
    const text = textOf(await read({ grep: "POST" }));
    expect(headsOf(text)).toEqual(["proxy: 2 lines", "app: 2 lines"]);
    expect(text).not.toContain("GET /cart");
  });

  it("fails as a whole where a log may not be read", async () => {
    putPod({ containers: [running("proxy"), running("app")] });
    calls.cluster.setLogs((options) => {
      if (options.container === "app") throw new KubeError("pods/log is forbidden", { code: "FORBIDDEN", status: 403 });
      return lineOf(options);
    });
    const reply = await read();
    expect([reply.isError, codeOf(reply)]).toEqual([true, "READ_FORBIDDEN"]);
  });

  it("leaves the choice to the kubelet for a caller who may read logs and no pods", async () => {
    putPod({ containers: [running("proxy"), running("app")] });
    calls.allows = ({ subresource }) => subresource === "log";
    expect(headsOf(textOf(await read()))).toEqual(["1 lines"]);
    await read({ container: "app" });
    expect(asked).toEqual(["the only one", "app"]);
    expect(calls.cluster.reads.filter((what) => what.startsWith("get Pod"))).toEqual([]);
  });
});
