import { randomBytes } from "node:crypto";
import type { InvestigationOptions, LocalServer } from "@sre-agent/agent";
import { type Budget, type DecideRequest, decideRequestSchema, type JournalEntry, type Usage } from "@sre-agent/crds";
import { UserError } from "@sre-agent/frame";
import { createReader, type Reader } from "@sre-agent/kube";
import { createIncidentReader, type Incident } from "@sre-agent/mcp-server/incident";
import { type Invocation, textOption } from "../command.ts";
import { suggestion } from "../suggestion.ts";
import { allowedActions } from "./allowed-actions.ts";
import { connectCluster } from "./cluster.ts";
import { existingNamespace } from "./existing-namespace.ts";
import { loadIncident } from "./incident-file.ts";
import { investigationTarget } from "./investigation-target.ts";
import { type LocalRun, runLocally } from "./local-run.ts";
import { clusterTools, incidentTools } from "./local-tools.ts";
import { modelSettings } from "./model-settings.ts";

type LocalMode = "observe" | "propose";

export interface Asked {
  readonly mode: LocalMode;
  readonly budget: Budget;
  readonly onBegin: (request: DecideRequest) => void;
  readonly onEntry: (entry: JournalEntry, spent: Usage) => void;
  readonly warn: (message: string) => void;
}

export interface Investigated extends LocalRun {
  readonly request: DecideRequest;
  /** Whether the cluster has the kinds that a proposal needs. */
  readonly canPropose: boolean;
}

/** The run that the arguments ask for: on the cluster of the kubeconfig, or on an incident file. */
export async function investigate(invocation: Invocation, asked: Asked): Promise<Investigated> {
  const file = textOption(invocation, "file");
  const model = modelSettings(invocation);
  const { signal } = invocation;
  if (file !== undefined) {
    const incident = await loadIncident(file);
    const reader = createIncidentReader(incident);
    const namespace = capturedNamespace(incident, textOption(invocation, "namespace"));
    const request = await requestOf(invocation, { reader, namespace, asked, actions: undefined });
    asked.onBegin(request);
    const run = await runLocally({ model, server: incidentTools(incident), request, ...hooks(asked), signal });
    return { ...run, request, canPropose: false };
  }
  const connection = await connectCluster(invocation);
  try {
    const reader = createReader(connection);
    const named = textOption(invocation, "namespace") ?? connection.namespace;
    const namespace = await existingNamespace(reader, named, signal);
    const actions = await allowedActions(reader, namespace, signal).catch(() => undefined);
    const request = await requestOf(invocation, { reader, namespace, asked, actions });
    asked.onBegin(request);
    if (asked.mode === "propose") obstaclesTo(actions, namespace).forEach(asked.warn);
    const server: LocalServer = await clusterTools(connection, asked.mode === "propose");
    const run = await runLocally({ model, server, request, ...hooks(asked), signal });
    return { ...run, request, canPropose: actions !== undefined };
  } finally {
    await connection.close();
  }
}

/** The namespace that was named, or the one that was captured. @throws UserError when it is not in the file. */
function capturedNamespace({ header: { namespaces } }: Incident, named: string | undefined): string {
  if (named === undefined) return namespaces[0] ?? "default";
  if (namespaces.includes(named)) return named;
  throw new UserError(`The incident file holds no namespace "${named}".${suggestion(named, namespaces)}`, {
    nextStep: `It holds: ${namespaces.join(", ") || "none"}.`,
  });
}

function hooks({ onEntry, warn }: Asked): Pick<InvestigationOptions, "onEntry" | "warn"> {
  return { onEntry, warn };
}

/** Why a run in mode propose will propose nothing, with what to do. */
function obstaclesTo(actions: readonly string[] | undefined, namespace: string): readonly string[] {
  if (actions === undefined) {
    return ["The kinds are not installed, so nothing can be proposed. Install them: sre-agent crds apply"];
  }
  if (actions.length > 0) return [];
  return [`No SreAction of ${namespace} allows a change, so nothing can be proposed. See deploy/samples/action.yaml`];
}

interface Place {
  readonly reader: Reader;
  readonly namespace: string;
  readonly asked: Asked;
  readonly actions: readonly string[] | undefined;
}

async function requestOf(invocation: Invocation, { reader, namespace, asked, actions }: Place): Promise<DecideRequest> {
  const { signal, positionals } = invocation;
  const target = await investigationTarget(reader, { text: positionals[0], namespace, signal });
  const what = target.name === undefined ? `namespace ${namespace}` : `${target.kind}/${target.name} in ${namespace}`;
  const request: DecideRequest = {
    trigger: "manual",
    context: { target, symptom: textOption(invocation, "symptom") ?? `A person asks what is wrong with ${what}.` },
    mode: asked.mode,
    correlationId: `local-${randomBytes(4).toString("hex")}`,
    budget: asked.budget,
    ...(asked.mode === "propose" && actions !== undefined ? { actionRefs: [...actions] } : {}),
  };
  const [fault] = decideRequestSchema.safeParse(request).error?.issues ?? [];
  if (fault === undefined) return request;
  // Names of some kinds, such as ClusterRole/system:node, are none that an SreInvestigation could hold.
  throw new UserError(`${what} cannot be investigated: ${fault.path.join(".")} ${fault.message}.`, {
    nextStep: `Look at the namespace as a whole: sre-agent investigate -n ${namespace}`,
  });
}
