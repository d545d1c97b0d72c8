import { API_VERSION, type SreInvestigation, type SreTrigger, type TriggerSpec } from "@sre-agent/crds";
import { createLogger, createMetrics, type Metrics } from "@sre-agent/frame";
import type { KubeObject, LeaseElection } from "@sre-agent/kube";
import { createFakeClock, type FakeClock } from "@sre-agent/kube/testing";
import { createStanding } from "../standing.ts";
import { type Operator, startOperator } from "../start-operator.ts";
import { MemoryCluster } from "./cluster.ts";
import { createScriptedAgent, type ScriptedAgent } from "./scripted-agent.ts";

export interface World {
  readonly clock: FakeClock;
  readonly cluster: MemoryCluster;
  readonly agent: ScriptedAgent;
  readonly events: { readonly reason: string; readonly note: string; readonly regarding: KubeObject }[];
  readonly logs: string[];
  /** Starts an operator; it dies (no effect, no answer, for ever) after `callsToLive` calls. */
  start(callsToLive?: number): Promise<Life>;
  runs(): readonly (SreInvestigation & KubeObject)[];
  trigger(): SreTrigger;
  /** Moves time in steps until `done`; throws after `seconds`. */
  until(done: () => boolean, seconds?: number): Promise<void>;
}

interface Life {
  readonly operator: Operator;
  readonly metrics: Metrics;
  readonly calls: () => number;
  readonly dead: () => boolean;
}

const always: Pick<LeaseElection, "run"> = {
  run: (signal, lead) => lead(signal),
};

/** A cluster with an agent, at a standing clock. */
export async function createWorld(): Promise<World> {
  const clock = createFakeClock();
  const cluster = new MemoryCluster(clock);
  const agent = createScriptedAgent();
  const logs: string[] = [];
  const destination = { write: (line: string) => void logs.push(line) };
  const logger = await createLogger({ component: "operator", level: "info", destination });
  const events: World["events"] = [];

  async function start(callsToLive = Number.POSITIVE_INFINITY): Promise<Life> {
    const metrics = await createMetrics({ component: "operator", unknownLabel: "throw", processMetrics: false });
    const mortal = mortality(callsToLive);
    const operator = startOperator({
      reader: mortal.guard(cluster.reader),
      recordWriter: mortal.guard(cluster.recordWriter),
      eventRecorder: mortal.guard({ record: async (event) => void events.push(event) }),
      agent: mortal.guard({ decide: agent.decide, execute: agent.execute }),
      watch: cluster.watch,
      election: always,
      standing: createStanding({ check: { pass: () => undefined, fail: () => undefined }, logger, clock }),
      clock,
      pseudonym: (_kind, value) => `${value.length}`.padStart(8, "0"),
      logger,
      metrics,
    });
    await clock.advance(1);
    return { operator, metrics, calls: mortal.calls, dead: mortal.dead };
  }

  return {
    clock,
    cluster,
    agent,
    events,
    logs,
    start,
    runs: () => cluster.list("SreInvestigation") as unknown as (SreInvestigation & KubeObject)[],
    trigger: () => cluster.get("SreTrigger", "shop", "web-down") as unknown as SreTrigger,
    async until(done, seconds = 120) {
      for (let step = 0; step < seconds && !done(); step += 1) await clock.advance(1_000);
      if (!done()) throw new Error(`not within ${seconds} s`);
    },
  };
}

/** Counts calls; after the last one that may live, nothing answers and nothing has an effect. */
function mortality(callsToLive: number) {
  let calls = 0;
  const never = new Promise<never>(() => undefined);
  const guard = <T extends object>(target: T): T =>
    Object.fromEntries(
      Object.entries(target).map(([name, method]) => [
        name,
        async (...given: unknown[]) => {
          if (calls >= callsToLive) return never;
          calls += 1;
          const dies = calls >= callsToLive;
          const answer = await Promise.resolve(method(...given)).catch((error: unknown) =>
            dies ? never : Promise.reject(error),
          );
          return dies ? never : answer;
        },
      ]),
    ) as T;
  return { guard, calls: () => calls, dead: () => calls >= callsToLive };
}

const DEPLOYMENT = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "shop", labels: { app: "web" } },
  spec: { replicas: 1, selector: { matchLabels: { app: "web" } } },
};

/** The Deployment with its Available condition as given. */
export function deployment(available: "True" | "False", name = "web") {
  const condition = { type: "Available", status: available, lastTransitionTime: "2026-01-01T00:00:00Z" };
  return { ...DEPLOYMENT, metadata: { ...DEPLOYMENT.metadata, name }, status: { conditions: [condition] } };
}

export function trigger(spec: Partial<TriggerSpec> = {}) {
  return {
    apiVersion: API_VERSION,
    kind: "SreTrigger",
    metadata: { name: "web-down", namespace: "shop" },
    spec: {
      target: { kinds: ["Deployment"] },
      when: [{ condition: { of: "Target", type: "Available", status: "False" } }],
      ...spec,
    },
  };
}
