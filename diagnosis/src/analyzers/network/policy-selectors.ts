import type { Fix } from "@sre-agent/crds";
import { lastEdit } from "../../changes/last-edit.ts";
import { type Draft, draft, fromTenant } from "../../findings/draft.ts";
import { decision, patchFix, pointerStep } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { isRecord, type Json, objectAt, objectsAt } from "../../snapshot/json.ts";
import { matchesSelector, selectorText } from "../../snapshot/label-selector.ts";
import { isSlip, nearestName } from "../../snapshot/nearest-name.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { labelsOf, workloadsIn } from "./backing.ts";
import { type PeerPlace, peerPlaces } from "./policy-rules.ts";

/** A selector somewhere in a policy. */
interface Place {
  readonly policy: SnapshotObject;
  readonly selector: unknown;
  readonly path: string;
  readonly pointer: string;
  readonly of: "pod" | "namespace";
}

/** NetworkPolicies with a selector that matches nothing, although something nearly matches it: labels that drifted. */
export function policySelectors(index: SnapshotIndex): readonly Draft[] {
  return index.ofKind("NetworkPolicy").flatMap((policy) =>
    placesOf(policy).flatMap((place) => {
      const near = nearest(index, place);
      return near === undefined ? [] : [selectorFinding(place, near)];
    }),
  );
}

function placesOf(policy: SnapshotObject): readonly Place[] {
  const own: Place = {
    ...{ policy, of: "pod", selector: objectAt(policy, "spec", "podSelector") },
    ...{ path: "spec.podSelector", pointer: "/spec/podSelector" },
  };
  const peers = (["ingress", "egress"] as const).flatMap((direction) => peerPlaces(policy, direction));
  return [own, ...peers.flatMap((at) => selectorOf(policy, at))];
}

function selectorOf(policy: SnapshotObject, at: PeerPlace): readonly Place[] {
  const { namespaceSelector, podSelector } = at.peer;
  const place = (field: string, of: Place["of"], selector: unknown): Place => ({
    ...{ policy, of, selector },
    ...{ path: `${at.path}.${field}`, pointer: `${at.pointer}/${field}` },
  });
  // Pods of other namespaces are seldom all in sight.
  if (isRecord(namespaceSelector)) return [place("namespaceSelector", "namespace", namespaceSelector)];
  return isRecord(podSelector) ? [place("podSelector", "pod", podSelector)] : [];
}

interface Near {
  readonly who: string;
  readonly key: string;
  readonly wanted: string;
  readonly carriedKey: string;
  readonly carried: string;
}

function nearest(index: SnapshotIndex, { policy, selector, of }: Place): Near | undefined {
  const pairs = Object.entries(objectAt(selector, "matchLabels"));
  if (pairs.length === 0 || objectsAt(selector, "matchExpressions").length > 0) return undefined;
  if (!index.knows(of === "pod" ? "Pod" : "Namespace") || !index.knows("Deployment")) return undefined;
  const carriers = of === "pod" ? podCarriers(index, policy) : namespaceCarriers(index);
  if (carriers.some(({ labels }) => matchesSelector(selector, labels))) return undefined;
  const found = carriers.flatMap(({ who, labels }) => {
    const off = pairs.filter(([key, value]) => labels[key] !== value);
    const [[key, wanted] = ["", ""], ...others] = off;
    const label = others.length === 0 && typeof wanted === "string" ? meantBy({ key, wanted, of }, labels) : undefined;
    return label === undefined ? [] : [{ who, key, wanted: String(wanted), ...label }];
  });
  // The very value says more than one that is spelled nearly alike.
  const moved = found.filter(({ key, carriedKey }) => key !== carriedKey);
  const meant = moved.length > 0 ? moved : found;
  const values = new Set(meant.map(({ carriedKey, carried }) => `${carriedKey}=${carried}`));
  return values.size === 1 ? meant[0] : undefined;
}

/** Keys by which pods are called by their name. */
const NAME_KEYS: readonly string[] = [
  "app",
  "name",
  "k8s-app",
  "run",
  "app.kubernetes.io/name",
  "app.kubernetes.io/instance",
];

/** Nearly the value that is wanted, or that value under another key; of pods another key for their name. */
function meantBy(
  { key, wanted, of }: Pick<Near, "key" | "wanted"> & Pick<Place, "of">,
  labels: Json,
): Pick<Near, "carriedKey" | "carried"> | undefined {
  const carried = labels[key];
  if (typeof carried === "string") return isNear(wanted, carried) ? { carriedKey: key, carried } : undefined;
  const mayMove =
    of === "namespace" ? !/^(?:true|false|yes|no|enabled|disabled|\d*)$/.test(wanted) : NAME_KEYS.includes(key);
  const keys = Object.keys(labels).filter((one) => labels[one] === wanted);
  const [moved, ...more] = of === "pod" ? keys.filter((one) => NAME_KEYS.includes(one)).slice(0, 1) : keys;
  return mayMove && moved !== undefined && more.length === 0 ? { carriedKey: moved, carried: wanted } : undefined;
}

/** Spelled nearly alike; another version of a name is another name. */
function isNear(wanted: string, carried: string): boolean {
  return nearestName(wanted, [carried]) !== undefined;
}

interface Carrier {
  readonly who: string;
  readonly labels: Json;
}

function podCarriers(index: SnapshotIndex, { metadata }: SnapshotObject): readonly Carrier[] {
  return workloadsIn(index, metadata.namespace ?? "").map((workload) => ({
    who: `the pods of ${workload.kind}/${workload.metadata.name} carry`,
    labels: labelsOf(index, workload),
  }));
}

function namespaceCarriers(index: SnapshotIndex): readonly Carrier[] {
  return index
    .ofKind("Namespace")
    .map(({ metadata }) => ({ who: `Namespace/${metadata.name} carries`, labels: objectAt(metadata, "labels") }));
}

function selectorFinding({ policy, selector, path, pointer, of }: Place, near: Near): Draft {
  const { who, key, carriedKey, carried } = near;
  const { name } = policy.metadata;
  const text = selectorText(selector);
  return draft({
    analyzer: "network-policy",
    layer: "apart",
    severity: "warning",
    subject: policy,
    causeKey: [path],
    cause: `NetworkPolicy/${name} names ${of}s with ${text} (${path}), which no ${of} carries; ${who} ${carriedKey}=${carried}`,
    symptom: `${path} matches no ${of}`,
    shared: `${name}/${path.replace(/\.(?:pod|namespace)Selector$/, "")}`,
    evidence: [fromTenant(policy, path, text)],
    change: lastEdit(policy, path.split("[")[0] ?? path),
    fix: selectorFix(policy, `${pointer}/matchLabels/${pointerStep(key)}`, { ...near, of }),
  });
}

function selectorFix(
  policy: SnapshotObject,
  pointer: string,
  { wanted, carriedKey, carried, of, key }: Near & Pick<Place, "of">,
): Fix {
  const { name } = policy.metadata;
  if (of === "namespace" || carriedKey !== key || !isSlip(wanted, carried)) {
    return decision(
      `decide which is right: ${key}=${wanted} in NetworkPolicy/${name}, or ${carriedKey}=${carried} on the ${of}`,
    );
  }
  return patchFix(
    policy,
    [{ path: pointer, from: wanted, to: carried }],
    `let NetworkPolicy/${name} name ${key}=${carried}`,
  );
}
