import type { FieldPatch } from "@sre-agent/crds";
import { isCustom } from "../snapshot/custom-kind.ts";
import type { SnapshotObject } from "../snapshot/snapshot.ts";

/** Of every kind: what identifies it, and the status, which a patch of the object leaves as it is without a word. */
const OF_ALL = /^\/(?:apiVersion|kind|metadata|metadata\/(?:name|namespace|uid|creationTimestamp)|status(?:\/.*)?)$/;

const SELECTOR = /^\/spec(?:$|\/selector(?:\/|$))/;
const ROLE_REF = /^\/roleRef(?:\/|$)/;

/** What the API server of 1.34 lets nobody change (each tried with a dry run), whatever holds in the object. */
const OF_KIND: Readonly<Record<string, RegExp>> = {
  Deployment: SELECTOR,
  ReplicaSet: SELECTOR,
  DaemonSet: SELECTOR,
  StatefulSet:
    /^\/spec(?:$|\/(?!(?:replicas|ordinals|template|updateStrategy|revisionHistoryLimit|persistentVolumeClaimRetentionPolicy|minReadySeconds)(?:\/|$)))/,
  Job: /^\/spec(?:$|\/(?:template|selector|completions|completionMode|podFailurePolicy|successPolicy|backoffLimitPerIndex|managedBy)(?:\/|$))/,
  Pod: /^\/spec(?:$|\/(?!(?:(?:initContainers|containers)\/\d+\/image|activeDeadlineSeconds|tolerations\/-)$))/,
  Service: /^\/spec(?:$|\/clusterIPs?(?:\/|$))/,
  EndpointSlice: /^\/addressType$/,
  PersistentVolumeClaim: /^\/spec(?:$|\/(?!resources\/requests\/storage$))/,
  PersistentVolume:
    /^\/spec(?:$|\/(?!(?:capacity|accessModes|storageClassName|persistentVolumeReclaimPolicy|claimRef|mountOptions)(?:\/|$)))/,
  StorageClass: /^\/(?:provisioner|parameters|reclaimPolicy|volumeBindingMode)(?:\/|$)/,
  RoleBinding: ROLE_REF,
  ClusterRoleBinding: ROLE_REF,
  PriorityClass: /^\/(?:value|preemptionPolicy)$/,
  RuntimeClass: /^\/handler$/,
  IngressClass: /^\/spec(?:$|\/controller$)/,
  ResourceQuota: /^\/spec(?:$|\/scopes(?:\/|$))/,
  Secret: /^\/type$/,
};

const CONTENT = /^\/(?:data|binaryData|stringData|immutable)(?:\/|$)/;

/** The first field of the patch that can only be had by making the object anew. */
export function fixedField(object: SnapshotObject, patch: readonly FieldPatch[]): string | undefined {
  const ofKind = isCustom(object.apiVersion) ? undefined : OF_KIND[object.kind];
  const content = object["immutable"] === true ? CONTENT : undefined;
  return patch.find(({ path }) => [OF_ALL, ofKind, content].some((fixed) => fixed?.test(path)))?.path;
}
