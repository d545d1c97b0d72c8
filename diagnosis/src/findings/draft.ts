import type { Finding, FindingEvidence, Fix, PrecedingChange, Severity, Subject } from "@sre-agent/crds";
import { shortHash } from "@sre-agent/crds";
import type { SnapshotObject } from "../snapshot/snapshot.ts";

/** Causes explain symptoms of the same subject: `pod-state` is explained by `cause`, `rollout` by both. */
export type Layer = "cause" | "pod-state" | "rollout";

/** A finding before ranking. */
export interface Draft {
  readonly finding: Finding;
  readonly layer: Layer;
  /** What it is called when another finding explains it. */
  readonly symptom: string;
  /** Equal for findings with one cause outside their subjects; absent when the cause lies in the subject. */
  readonly shared: string | undefined;
}

export interface DraftParts {
  readonly analyzer: string;
  readonly layer: Layer;
  readonly severity: Severity;
  readonly subject: SnapshotObject;
  /** What, beside the subject, makes this cause this cause: no pod names, no times. */
  readonly causeKey: readonly (string | number)[];
  readonly cause: string;
  readonly symptom: string;
  readonly shared?: string | undefined;
  readonly evidence: readonly FindingEvidence[];
  readonly explains?: Finding["explains"];
  readonly change?: PrecedingChange | undefined;
  readonly fix?: Fix | undefined;
}

/** Builds a finding within the bounds of the contract, with its stable id. */
export function draft(parts: DraftParts): Draft {
  const { analyzer, layer, severity, change, fix } = parts;
  const { kind, metadata } = parts.subject;
  const namespace = metadata.namespace ?? "";
  const key = [kind, namespace, metadata.name, ...parts.causeKey];
  return {
    layer,
    symptom: clip(parts.symptom, 300),
    // What can be rolled back has its own remedy, and so stays a finding of its own.
    shared: parts.shared && fix?.kind !== "action" ? `${analyzer}/${namespace}/${parts.shared}` : undefined,
    finding: {
      id: `${analyzer}:${shortHash(key, 12)}`,
      analyzer,
      severity,
      namespace,
      subject: subjectOf(parts.subject),
      cause: clip(parts.cause, 1000),
      evidence: parts.evidence.slice(0, 20),
      explains: (parts.explains ?? []).slice(0, 50),
      ...(change ? { change } : {}),
      ...(fix ? { fix } : {}),
    },
  };
}

export function subjectOf({ apiVersion, kind, metadata }: SnapshotObject): Subject {
  const { name, namespace, uid } = metadata;
  return { kind, name, apiVersion, ...(namespace ? { namespace } : {}), ...(uid ? { uid } : {}) };
}

/** A value that controllers, kubelet or API server wrote: status, exit codes, their events. */
export function fromControlPlane(object: SnapshotObject, path: string, value: string): FindingEvidence {
  return { object: subjectOf(object), path, value: clip(value, 1024), writableBy: "control-plane" };
}

/** A value that whoever may edit or run the workload can write: logs, annotations, text of a spec. */
export function fromTenant(object: SnapshotObject, path: string, value: string): FindingEvidence {
  return { object: subjectOf(object), path, value: clip(value, 1024), writableBy: "tenant" };
}

export function clip(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
}
