import type { Fix } from "@sre-agent/crds";
import { fromControlPlane, fromTenant } from "../../findings/draft.ts";
import { decision, patchFix } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { textAt, valueAt } from "../../snapshot/json.ts";
import { isSlip, nearestName } from "../../snapshot/nearest-name.ts";
import { condition } from "../../snapshot/pod-state.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import type { Wrong } from "./autoscaler.ts";

const SCALABLE = ["Deployment", "StatefulSet", "ReplicaSet"];

/** The workload that an autoscaler scales, where it was read. */
export function targetOf(index: SnapshotIndex, scaler: SnapshotObject): SnapshotObject | undefined {
  const kind = textAt(scaler, "spec", "scaleTargetRef", "kind") ?? "";
  return index.byName(kind, scaler.metadata.namespace, textAt(scaler, "spec", "scaleTargetRef", "name") ?? "");
}

/** The workload that it names does not exist: also before the controller says so. */
export function wrongTarget(index: SnapshotIndex, scaler: SnapshotObject): Wrong | undefined {
  const kind = textAt(scaler, "spec", "scaleTargetRef", "kind") ?? "";
  const name = textAt(scaler, "spec", "scaleTargetRef", "name") ?? "";
  const able = condition(scaler, "AbleToScale");
  const message = textAt(able, "message");
  const absent = SCALABLE.includes(kind) && index.knows(kind) && targetOf(index, scaler) === undefined;
  if (!absent && textAt(able, "reason") !== "FailedGetScale") return undefined;
  if (!absent && isOtherVersion(scaler, targetOf(index, scaler))) return wrongVersion(scaler, { kind, name });
  const meant = meantTarget(index, scaler, { kind, name });
  const hint = meant === undefined ? "" : `; the nearest is ${meant.kind}/${meant.name}`;
  return {
    key: "target",
    severity: "error",
    words: absent
      ? `has spec.scaleTargetRef ${kind}/${name}, which does not exist${hint}`
      : `cannot read the scale of ${kind}/${name}: ${message}`,
    evidence: [
      fromTenant(scaler, "spec.scaleTargetRef", `${kind}/${name}`),
      ...(message ? [fromControlPlane(scaler, "status.conditions[AbleToScale].message", message)] : []),
    ],
    edited: "spec.scaleTargetRef",
    fix: targetFix(scaler, { kind, name }, meant),
  };
}

function isOtherVersion(scaler: SnapshotObject, target: SnapshotObject | undefined): boolean {
  return target !== undefined && valueAt(scaler, "spec", "scaleTargetRef", "apiVersion") !== target.apiVersion;
}

/** The workload is there, and not in that group and version. */
function wrongVersion(scaler: SnapshotObject, { kind, name }: Target): Wrong {
  const version = textAt(scaler, "spec", "scaleTargetRef", "apiVersion") ?? "";
  const path = "spec.scaleTargetRef.apiVersion";
  const summary = `set ${path} of HorizontalPodAutoscaler/${scaler.metadata.name} to apps/v1`;
  const edit = { path: "/spec/scaleTargetRef/apiVersion", from: version, to: "apps/v1" };
  return {
    key: "version",
    severity: "error",
    words: `has ${path} ${version || "(absent)"}, and ${kind}/${name} is of apps/v1`,
    evidence: [fromTenant(scaler, path, version)],
    edited: "spec.scaleTargetRef",
    fix: patchFix(scaler, [edit], summary),
  };
}

interface Target {
  readonly kind: string;
  readonly name: string;
}

/** The same name of another kind, else nearly the same name. */
function meantTarget(index: SnapshotIndex, { metadata }: SnapshotObject, { kind, name }: Target): Target | undefined {
  const namespace = metadata.namespace ?? "";
  const twin = SCALABLE.find((other) => other !== kind && index.byName(other, namespace, name));
  if (twin !== undefined) return { kind: twin, name };
  const names = index.inNamespace(kind, namespace).map((one) => one.metadata.name);
  const near = nearestName(name, names);
  return near === undefined ? undefined : { kind, name: near };
}

function targetFix(scaler: SnapshotObject, { kind, name }: Target, meant: Target | undefined): Fix {
  const summary = `let spec.scaleTargetRef of HorizontalPodAutoscaler/${scaler.metadata.name} name a workload that exists`;
  if (meant === undefined) return decision(summary);
  if (meant.name !== name && !isSlip(name, meant.name)) return decision(`${summary} (${meant.kind}/${meant.name}?)`);
  const version = valueAt(scaler, "spec", "scaleTargetRef", "apiVersion");
  const edits = [
    { path: "/spec/scaleTargetRef/apiVersion", from: version, to: "apps/v1" },
    { path: "/spec/scaleTargetRef/kind", from: kind, to: meant.kind },
    { path: "/spec/scaleTargetRef/name", from: name, to: meant.name },
  ];
  return patchFix(
    scaler,
    edits.filter(({ from, to }) => from !== to),
    `${summary}: ${meant.kind}/${meant.name}`,
  );
}
