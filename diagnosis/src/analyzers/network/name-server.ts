import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { isRecord, type Json, textAt } from "../../snapshot/json.ts";
import { matchesSelector, selectorText } from "../../snapshot/label-selector.ts";
import { isLive } from "../../snapshot/pod-state.ts";
import { podLabelsOf } from "../../snapshot/pod-template.ts";
import { sees } from "../../snapshot/scope.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { missedBlock } from "./ip-block.ts";

const HOME = "kube-system";
/** What distributions call the label of their name servers. */
const KNOWN: readonly string[] = ["kube-dns", "node-local-dns", "nodelocaldns"];

/** The cluster's Service for names, where it was read. */
export function clusterDns(index: SnapshotIndex): SnapshotObject | undefined {
  return index.byName("Service", HOME, "kube-dns");
}

/** Why a peer of a policy holds no name server. */
export interface MissedServer {
  /** The field of the peer; absent when the peer is pods of its own namespace. */
  readonly field: "namespaceSelector" | "podSelector" | "ipBlock" | undefined;
  /** After `port 53 is open to`. */
  readonly words: string;
  /** Nothing but a convention speaks against it. */
  readonly guessed: boolean;
}

/** Undefined when the peer may hold the cluster's name server: what was not read may. */
export function missedServer(index: SnapshotIndex, peer: Json, home: string): MissedServer | undefined {
  const { ipBlock, namespaceSelector, podSelector } = peer;
  if (isRecord(ipBlock)) return missedAddress(index, ipBlock);
  if (namespaceSelector === undefined && home !== HOME)
    return { field: undefined, words: `pods of namespace ${home} alone`, guessed: false };
  return (
    (namespaceSelector === undefined ? undefined : missedNamespace(index, namespaceSelector)) ??
    (podSelector === undefined ? undefined : missedPods(index, podSelector))
  );
}

function missedAddress(index: SnapshotIndex, block: Json): MissedServer | undefined {
  const own = serversIn(index).flatMap((pod) => textAt(pod, "status", "podIP") ?? []);
  const cluster = textAt(clusterDns(index), "spec", "clusterIP");
  const missed = cluster === undefined ? undefined : missedBlock(block, [cluster, ...own]);
  return missed && { field: "ipBlock", words: `addresses ${missed.words}, and its own is ${cluster}`, guessed: false };
}

/** Name servers live in kube-system, or in a namespace that says so by its name. */
function missedNamespace(index: SnapshotIndex, selector: unknown): MissedServer | undefined {
  const home = index.byName("Namespace", undefined, HOME);
  const held = index.ofKind("Namespace").filter(({ metadata }) => matchesSelector(selector, metadata.labels ?? {}));
  if (home === undefined || held.some(({ metadata }) => metadata.name === HOME || /dns/.test(metadata.name)))
    return undefined;
  const carried = Object.entries(home.metadata.labels ?? {}).map(([key, value]) => `${key}=${value}`);
  const words = `namespaces with ${selectorText(selector)}, and Namespace/${HOME} carries ${carried.join(", ") || "no label"}`;
  return { field: "namespaceSelector", words, guessed: false };
}

function missedPods(index: SnapshotIndex, selector: unknown): MissedServer | undefined {
  const base = { field: "podSelector", words: `pods with ${selectorText(selector)}` } as const;
  const seen = serversIn(index);
  if (seen.length > 0) {
    const labels = seen.map(podLabelsOf);
    const carried = Object.entries(labels[0] ?? {}).map(([key, value]) => `${key}=${String(value)}`);
    if (labels.some((one) => matchesSelector(selector, one))) return undefined;
    return {
      ...base,
      words: `${base.words}, and those of the name server carry ${carried.join(", ")}`,
      guessed: false,
    };
  }
  const asked = textAt(selector, "matchLabels", "k8s-app");
  if (asked === undefined || KNOWN.includes(asked)) return undefined;
  return { ...base, words: `${base.words}, and name servers carry k8s-app=kube-dns by convention`, guessed: true };
}

/** The pods of the name server, where its namespace was read. */
function serversIn(index: SnapshotIndex): readonly SnapshotObject[] {
  if (!sees(index, HOME)) return [];
  return index.inNamespace("Pod", HOME).filter((pod) => isLive(pod) && /dns/.test(pod.metadata.name));
}
