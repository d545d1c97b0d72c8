import { ACTION_ANNOTATION } from "@sre-agent/crds";
import type { JsonPatch } from "@sre-agent/kube";
import type { Workload } from "../facts/workload.ts";

const POINTER = `/metadata/annotations/${ACTION_ANNOTATION.replace("/", "~1")}`;

/** Our annotation, in the same patch as the change: whoever sees one sees the other. */
function markPatch({ metadata }: Workload, marker: string): JsonPatch {
  return metadata.annotations === undefined
    ? [{ op: "add", path: "/metadata/annotations", value: { [ACTION_ANNOTATION]: marker } }]
    : [{ op: "add", path: POINTER, value: marker }];
}

export const MARK_PATHS: readonly string[] = [POINTER];

/** By the annotation; an object that is gone, or is another one, tells nothing. */
export function markLanded(live: Workload | undefined, uid: string, marker: string): "yes" | "no" | "unknown" {
  if (live?.metadata.uid !== uid) return "unknown";
  return live.metadata.annotations?.[ACTION_ANNOTATION] === marker ? "yes" : "no";
}

/** The tests and the mark around a change of one field. */
export function markedPatch(
  live: Workload,
  marker: string,
  change: { readonly path: string; readonly from: unknown; readonly to: unknown },
): JsonPatch {
  return [
    { op: "test", path: "/metadata/uid", value: live.metadata.uid },
    { op: "test", path: change.path, value: change.from },
    { op: "replace", path: change.path, value: change.to },
    ...markPatch(live, marker),
  ];
}
