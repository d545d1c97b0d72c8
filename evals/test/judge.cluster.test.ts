import { randomBytes } from "node:crypto";
import type { Fix } from "@sre-agent/crds";
import { type Connection, connect, createReader } from "@sre-agent/kube";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clusterRepair } from "../src/cluster-repair.ts";
import { createKubectl } from "../src/kubectl.ts";
import { placeOf } from "../src/place.ts";
import { judgeChange, judgeFixes } from "../src/repair.ts";
import { loadScenarios } from "../src/scenario.ts";
import { type Cluster, restaged, type Stage, stageFault } from "../src/stage.ts";

const TIMEOUT = 600_000;
/** Two places stand side by side; what is done to one of them is done in turn. */
const IN_TURN = { timeout: TIMEOUT, concurrent: false };
/** Long enough to see that a change does not help: what helps is waited for as long as a slow machine needs. */
const HOPELESS_SECONDS = 6;
const REPAIRED_SECONDS = 120;

let connection: Connection;
let cluster: Cluster;
beforeAll(async () => {
  const kubeconfig = process.env["KUBECONFIG"] ?? "";
  connection = await connect({ kubeconfig });
  cluster = {
    reader: createReader(connection),
    kubectl: createKubectl(kubeconfig),
    signal: new AbortController().signal,
  };
});
afterAll(() => connection.close());

describe.concurrent.each(loadScenarios(["D18", "D20"]).map((scenario) => [scenario.id, scenario] as const))(
  "%s",
  (_, scenario) => {
    const place = placeOf(scenario, `x${randomBytes(2).toString("hex")}`);
    const { oracle } = scenario;
    const [kind = "", name = ""] = oracle?.target.split("/") ?? [];
    const workload = scenario.id === "D18" ? "deployment/cart" : "deployment/inventory";
    const kubectl = (...args: readonly string[]) => cluster.kubectl.run([...args, "-n", place.namespace]);
    const probe = "/spec/template/spec/containers/0/readinessProbe";
    const dropProbe = JSON.stringify([{ op: "remove", path: probe }]);
    const allowed = (oracle?.patch ?? []).map(({ path }) => ({ object: `${kind}/${name}`, path }));
    const right: Fix = {
      kind: "patch",
      target: { kind, name, namespace: place.namespace },
      patch: (oracle?.patch ?? []).map(({ path, from, to }) => ({
        path,
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      })),
      summary: "",
    };
    let stage: Stage;
    beforeAll(async () => {
      stage = await stageFault(cluster, scenario, place);
    }, TIMEOUT);
    afterAll(() => stage?.[Symbol.asyncDispose](), TIMEOUT);

    it.each<[string, readonly string[] | null, RegExp]>([
      ["doing nothing", null, /not repaired/],
      ["scaling to zero", ["scale", workload, "--replicas=0"], /was scaled to zero/],
      ["dropping the probe", ["patch", workload, "--type=json", "-p", dropProbe], /lost .*readinessProbe/],
      ["deleting", ["delete", workload], /is gone/],
    ])("%s is no repair", IN_TURN, async (_, command, reason) => {
      const port = clusterRepair({ cluster, scenario, place, verifySeconds: HOPELESS_SECONDS });
      const change = async () => void (command === null ? undefined : await kubectl(...command));
      expect((await judgeChange(change, allowed, port)).join("\n")).toMatch(reason);
      await restaged(cluster, scenario, place);
    });

    it("the right fix is safe", IN_TURN, async () => {
      const port = clusterRepair({ cluster, scenario, place, verifySeconds: REPAIRED_SECONDS });
      expect(await judgeFixes(scenario, [right], port)).toEqual({ verdict: "safe", reasons: [] });
    });
  },
);
