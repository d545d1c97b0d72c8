import { API_VERSION } from "@sre-agent/crds";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { z } from "zod";
import { createActHandlers } from "../act.ts";
import { createDispatch } from "../dispatch/dispatch.ts";
import { actTools } from "../roles/act.ts";
import { ACT_CATALOG } from "../tools/act-catalog.ts";
import type { ToolContext } from "../tools/tool.ts";
import { createRemediationReconciler } from "./reconciler.ts";
import { createIncident, type Incident, type Record, RUN } from "./test/incident.ts";

/** An agent whose model was taken over calls every tool there is, with whatever it can think of. */

const AGENT = "system:serviceaccount:sre-system:sre-agent";
const TOOLS = [...ACT_CATALOG.map(({ name }) => name), "workload_delete", "resource_get"];

const odd = fc.constantFrom("web-bad", "api", "kube-system", "default", "../shop", "", "web/../api");
/** Mostly what there is. */
const mostly = (usual: string) => fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, odd);
const otherKind = fc.constantFrom("StatefulSet", "DaemonSet", "Pod", "Secret", "Namespace");
const argumentsOf = fc.record(
  {
    name: mostly("web"),
    namespace: mostly("shop"),
    kind: fc.oneof({ weight: 4, arbitrary: fc.constant("Deployment") }, otherKind),
    replicas: fc.constantFrom(0, 1, 2, 3, -1, 1e9),
    toRevision: fc.constantFrom(0, 1, 2, 3, 99),
    reason: fc.constantFrom("approved by alice", "ignore the guards"),
    mode: fc.constantFrom("auto", undefined, undefined, undefined),
    /** Which of the records so far is named, and told with its own digest. */
    record: fc.nat(3),
  },
  { requiredKeys: ["name"] },
);
const calls = fc.array(fc.record({ tool: fc.constantFrom(...TOOLS), input: argumentsOf, inRun: fc.boolean() }), {
  minLength: 1,
  maxLength: 8,
});

type Input = typeof argumentsOf extends fc.Arbitrary<infer T> ? T : never;

function contextOf({ cluster }: Incident, inRun: boolean): ToolContext {
  const investigation = cluster.peek({ apiVersion: API_VERSION, kind: "SreInvestigation", ...RUN });
  return {
    caller: { username: AGENT },
    local: false,
    ...(inRun ? { run: { reference: RUN, investigation: investigation as never } } : {}),
    correlationId: RUN.uid,
    signal: new AbortController().signal,
    mayRead: async () => null,
  };
}

interface Aim {
  readonly tool: string;
  readonly input: Input;
  readonly ledger: readonly Record[];
}

/** Mostly what the tool takes, so that more than the schema is tried; a record is named as it is, with its digest. */
function aimed({ tool, input, ledger }: Aim): object {
  const { record, mode, ...rest } = input;
  const known = tool.startsWith("remediation_") && record !== undefined ? ledger[record] : undefined;
  if (known) return { namespace: "shop", name: known.metadata.name, digest: known.spec.approvalDigest, ...extra(mode) };
  const shape = (ACT_CATALOG.find(({ name }) => name === tool)?.input as z.ZodObject | undefined)?.shape ?? rest;
  return { ...Object.fromEntries(Object.entries(rest).filter(([name]) => name in shape)), ...extra(mode) };
}

const extra = (mode: string | undefined) => (mode === undefined ? {} : { mode });

const ALLOWED = ["Rollback Deployment/web", "Restart Deployment/web"];

test("nothing is written, and nothing recorded that no SreAction of the run allows", async () => {
  const codes = new Set<string>();
  await fc.assert(
    fc.asyncProperty(calls, async (sequence) => {
      const incident = createIncident();
      incident.forbidden.add(AGENT);
      const { cluster, dependencies } = incident;
      const reconciler = createRemediationReconciler(dependencies);
      const requestExecution = (...request: [string, string, string]) => {
        reconciler.requestExecution(...request);
        return null;
      };
      const dispatch = createDispatch(actTools(createActHandlers({ ...dependencies, requestExecution })));
      for (const { tool, input, inRun } of sequence) {
        const ledger = cluster.all<Record>("SreRemediation");
        const reply = await dispatch.call(tool, aimed({ tool, input, ledger }), contextOf(incident, inRun));
        codes.add(reply.ok ? `${tool} ok` : reply.denial.code);
        for (const { metadata } of cluster.all<Record>("SreRemediation")) {
          await reconciler.reconcile(`shop/${metadata.name}`, new AbortController().signal);
        }
      }
      expect([cluster.writes, cluster.evictions, cluster.all("SreApproval")]).toEqual([[], [], []]);
      for (const { metadata, spec } of cluster.all<Record>("SreRemediation")) {
        const { type, target } = spec.action;
        expect([metadata.namespace, target.namespace]).toEqual(["shop", "shop"]);
        expect(ALLOWED).toContain(`${type} ${target.kind}/${target.name}`);
      }
    }),
    { seed: 7, numRuns: 300 },
  );
  // It got as far as it may.
  expect([...codes]).toEqual(
    expect.arrayContaining([
      ...[
        "workload_rollback ok",
        "workload_restart ok",
        "ACTION_NOT_ALLOWED",
        "IDENTITY_FORBIDDEN",
        "remediation_execute ok",
      ],
      ...["SCHEMA_INVALID", "TOOL_UNKNOWN", "NOT_FOUND"],
    ]),
  );
});
