import {
  API_VERSION,
  APPROVAL,
  INVESTIGATION,
  POLICY,
  REMEDIATION,
  remediationPhase,
  type SreApproval,
  type SreInvestigation,
  type SrePolicy,
  type SreRemediation,
  type SreTrigger,
  TRIGGER,
} from "@sre-agent/crds";
import type { KindRef, KubeObject, Queue, Reflector } from "@sre-agent/kube";
import { isWaiting, type KnownRun, knownRunOf } from "./investigations/known-run.ts";
import { type KnownApproval, knownApprovalOf } from "./investigations/step.ts";
import type { WatchedKind } from "./metrics.ts";
import { type Limits, limitsOf } from "./policy.ts";
import type { KnownTrigger } from "./retention.ts";
import { isOpen } from "./triggers/incident.ts";
import { openIncidentOf } from "./triggers/roots.ts";
import { type Watch, type WatchOptions, watchIn } from "./watch.ts";

/** Copies of our own kinds. */
export interface Kinds {
  readonly triggers: Reflector<KnownTrigger>;
  readonly runs: Reflector<KnownRun>;
  readonly approvals: Reflector<KnownApproval>;
  readonly remediations: Reflector<KnownRemediation>;
  readonly policies: Reflector<Limits>;
}

interface KnownRemediation {
  readonly run: string | undefined;
  readonly phase: string;
}

export interface KindsOptions {
  readonly watch: Watch;
  readonly namespaces: readonly string[];
  readonly triggerQueue: Queue;
  readonly investigationQueue: Queue;
  readonly onError: (kind: KindRef, error: unknown) => void;
}

const kindOf = ({ kind }: { readonly kind: string }) => ({ apiVersion: API_VERSION, kind });

/** Watches our own kinds, and tells the queues what a change of each makes worth a look. */
export function watchKinds({ watch, namespaces, triggerQueue, investigationQueue, onError }: KindsOptions): Kinds {
  const follow = <T, O extends KubeObject>(options: Omit<WatchOptions<T, O>, "namespace">) =>
    watchIn<T, O>(watch, namespaces, { ...options, onError: (error) => onError(options.kind, error) });
  const wakeWaiting = () => {
    for (const [key, run] of entriesOf(runs)) if (isWaiting(run)) investigationQueue.add(key);
  };
  const wakeFollowers = (namespace: string, remediation: string) => {
    for (const [key, run] of entriesOf(runs)) {
      if (run.namespace === namespace && run.remediation === remediation) investigationQueue.add(key);
    }
  };

  const wakeTriggers = (namespace: string) => {
    for (const key of triggers.store.keys()) if (namespaceOf(key) === namespace) triggerQueue.add(key);
  };

  const runs = follow<KnownRun, SreInvestigation & KubeObject>({
    kind: kindOf(INVESTIGATION),
    project: knownRunOf,
    onChange: (key, old, now) => {
      // Our own writes of the status are no news: the pass that made them goes on by itself.
      if (now !== undefined && old?.generation !== now.generation) investigationQueue.add(key);
      // Beside the trigger that started it, others may refer to it.
      if (old?.complete !== now?.complete) wakeTriggers(namespaceOf(key));
      if (old?.phase === "Investigating" && now?.phase !== "Investigating") wakeWaiting();
    },
  });
  const triggers = follow<KnownTrigger, SreTrigger & KubeObject>({
    kind: kindOf(TRIGGER),
    project: knownTriggerOf,
    onChange: (key, old, now) => {
      if (now === undefined || old?.generation !== now.generation) triggerQueue.add(key);
    },
  });
  const approvals = follow<KnownApproval, SreApproval & KubeObject>({
    kind: kindOf(APPROVAL),
    project: knownApprovalOf,
    onChange: (_key, old, now) => {
      const { namespace = "", remediation = "" } = now ?? old ?? {};
      wakeFollowers(namespace, remediation);
    },
  });
  const remediations = follow<KnownRemediation, SreRemediation & KubeObject>({
    kind: kindOf(REMEDIATION),
    project: ({ spec, status }) => ({ run: spec.runRef?.name, phase: remediationPhase(status) }),
    onChange: (key, old, now) => {
      const run = (now ?? old)?.run;
      if (run !== undefined) investigationQueue.add(`${namespaceOf(key)}/${run}`);
    },
  });
  const policies = watch<Limits, SrePolicy & KubeObject>({
    kind: kindOf(POLICY),
    project: limitsOf,
    onChange: wakeWaiting,
    onError: (error) => onError(kindOf(POLICY), error),
  });
  return { triggers, runs, approvals, remediations, policies };
}

/** Each copy with the kind it is a copy of. */
export function reflectorsOf(kinds: Kinds): readonly (readonly [WatchedKind, Reflector<unknown>])[] {
  return [
    ["SreTrigger", kinds.triggers],
    ["SreInvestigation", kinds.runs],
    ["SreApproval", kinds.approvals],
    ["SreRemediation", kinds.remediations],
    ["SrePolicy", kinds.policies],
  ];
}

function knownTriggerOf({ metadata, spec, status }: SreTrigger): KnownTrigger {
  return {
    uid: metadata.uid,
    generation: metadata.generation ?? 0,
    historyLimit: spec.historyLimit,
    suspended: spec.suspend,
    open: (status?.incidents ?? []).filter(isOpen).map(openIncidentOf),
  };
}

function entriesOf<T>({ store }: Reflector<T>): readonly (readonly [string, T])[] {
  return store.keys().flatMap((key) => {
    const value = store.get(key);
    return value === undefined ? [] : [[key, value] as const];
  });
}

function namespaceOf(key: string): string {
  return key.slice(0, key.indexOf("/"));
}
