import type { Finding, FindingEvidence, Fix, PrecedingChange, Severity, Subject } from "@sre-agent/crds";
import { shortHash } from "@sre-agent/crds";
import { firstWords } from "../log/first-words.ts";
import type { SnapshotObject } from "../snapshot/snapshot.ts";

/**
 * Of one subject's findings the earliest layer explains the later ones. `setting`: a setting of its own makes its
 * process fail. `cause`: why its containers do not run.
 * `creation`: why its pods do not exist. `pod-state`: what its pods look like. `rollout`: what its controller says.
 * `words`: what its program says while nothing shows. `apart` stands beside all of them, and explains words alone: a
 * Service's selector, a budget that blocks drains.
 */
export type Layer = "setting" | "cause" | "creation" | "pod-state" | "rollout" | "words" | "apart";

/** An object as ranking compares it. */
export type ObjectKey = `${string}/${string}/${string}`;

export function keyOf({ kind, namespace, name }: Pick<Subject, "kind" | "namespace" | "name">): ObjectKey {
  return `${kind}/${namespace ?? ""}/${name}`;
}

/** A finding before ranking. */
export interface Draft {
  readonly finding: Finding;
  readonly layer: Layer;
  /** What it is called when another finding explains it. */
  readonly symptom: string;
  /** Equal for findings with one cause outside their subjects; absent when the cause lies in the subject. */
  readonly shared: string | undefined;
  /** Where one of these objects has a finding of its own, that one is the cause and this one its symptom. */
  readonly restsOn: readonly ObjectKey[];
  /** Objects whose findings, of any layer, are symptoms of this one. */
  readonly accountsFor: readonly ObjectKey[];
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
  /** Objects that this one needs: a finding about one of them is the cause of this finding. */
  readonly restsOn?: readonly SnapshotObject[];
  /** Objects that fail because of this: their findings become symptoms of this finding. */
  readonly accountsFor?: readonly SnapshotObject[];
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
    restsOn: (parts.restsOn ?? []).map((object) => keyOf(subjectOf(object))),
    accountsFor: (parts.accountsFor ?? []).map((object) => keyOf(subjectOf(object))),
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
  return text.length <= max ? text : `${firstWords(text, max - 1)}…`;
}
