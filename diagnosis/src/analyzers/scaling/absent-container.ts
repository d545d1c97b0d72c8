import { fromTenant } from "../../findings/draft.ts";
import { decision, patchFix } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectsAt, textAt } from "../../snapshot/json.ts";
import { nearestName } from "../../snapshot/nearest-name.ts";
import { isLive } from "../../snapshot/pod-state.ts";
import { podSpecOf } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import type { Wrong } from "./autoscaler.ts";

/** A metric of one container, by a name that no container of the pods has. */
export function absentContainer(
  index: SnapshotIndex,
  scaler: SnapshotObject,
  target: SnapshotObject | undefined,
): Wrong | undefined {
  if (target === undefined) return undefined;
  const names = containersOf(index, target);
  const metrics = objectsAt(scaler, "spec", "metrics").map((metric, position) => ({
    position,
    name: textAt(metric, "containerResource", "container"),
  }));
  const wrong = metrics.find(({ name }) => name !== undefined && !names.includes(name));
  if (wrong?.name === undefined) return undefined;
  const { name, position } = wrong;
  const right = nearestName(name, names) ?? (names.length === 1 ? names[0] : undefined);
  const where = `${target.kind}/${target.metadata.name}`;
  const path = `spec.metrics[${position}].containerResource.container`;
  const decide = `let ${path} of HorizontalPodAutoscaler/${scaler.metadata.name} name a container of ${where}`;
  const pointer = `/spec/metrics/${position}/containerResource/container`;
  return {
    key: `container ${position}`,
    severity: "error",
    words: `measures container ${name} (${path}), and the pods of ${where} have no such container; theirs are ${names.join(", ") || "(none)"}`,
    evidence: [fromTenant(scaler, path, name), fromTenant(target, "containers", names.join(", "))],
    edited: "spec.metrics",
    fix:
      right === undefined
        ? decision(decide)
        : patchFix(scaler, [{ path: pointer, from: name, to: right }], `${decide}: ${right}`),
  };
}

/** Those of the template, and those that admission put into its pods. */
function containersOf(index: SnapshotIndex, target: SnapshotObject): readonly string[] {
  const specs = [target, ...index.podsOf(target).filter(isLive)].map(podSpecOf);
  const names = specs.flatMap((spec) =>
    ["containers", "initContainers"].flatMap((list) =>
      objectsAt(spec, list)
        .filter(({ restartPolicy }) => list === "containers" || restartPolicy === "Always")
        .flatMap((container) => textAt(container, "name") ?? []),
    ),
  );
  return [...new Set(names)];
}
