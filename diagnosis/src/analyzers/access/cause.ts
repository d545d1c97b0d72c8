import type { Fix } from "@sre-agent/crds";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import type { Refusal } from "./refusals.ts";

/** Why a request is refused: the object that is wrong, and what of it. */
export interface Cause {
  readonly subject: SnapshotObject;
  readonly key: string;
  readonly words: string;
  readonly path: string;
  readonly value: string;
  readonly edited: string;
  readonly fix: Fix;
}

/** `list pods in namespace shop`. */
export function asked({ verb, resource, group, namespace }: Refusal): string {
  const grouped = group === "" ? resource : `${resource}.${group}`;
  return `${verb} ${grouped} ${namespace === undefined ? "at the cluster scope" : `in namespace ${namespace}`}`;
}
