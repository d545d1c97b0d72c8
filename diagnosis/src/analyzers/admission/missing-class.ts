import { fromTenant } from "../../findings/draft.ts";
import { patchFix } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { isSlip, nearestName } from "../../snapshot/nearest-name.ts";
import { podSpecPath, podSpecPointer } from "../../snapshot/pod-template.ts";
import type { Explained } from "./creation-refused.ts";
import type { Refusal } from "./refusals.ts";

interface ClassField {
  readonly kind: string;
  readonly field: string;
  readonly refused: RegExp;
}

const CLASSES: readonly ClassField[] = [
  { kind: "PriorityClass", field: "priorityClassName", refused: /no PriorityClass with name (\S+) was found/ },
  { kind: "RuntimeClass", field: "runtimeClassName", refused: /RuntimeClass "([^"]+)" not found/ },
];

/** A pod template that names a class of the cluster which is not there. */
export function missingClass(index: SnapshotIndex, { workload, message }: Refusal): Explained | undefined {
  for (const { kind, field, refused } of CLASSES) {
    const [, name] = refused.exec(message) ?? [];
    if (name === undefined) continue;
    const path = `${podSpecPath(workload)}.${field}`;
    const near = nearestName(
      name,
      index.ofKind(kind).map(({ metadata }) => metadata.name),
    );
    const edit = { path: `${podSpecPointer(workload)}/${field}`, from: name, to: near };
    return {
      analyzer: "missing-class",
      subject: workload,
      causeKey: [kind, name],
      cause: `${path} of ${workload.kind} ${workload.metadata.name} is ${name}, and no ${kind} of that name exists${near ? `; the nearest is ${near}` : ""}`,
      evidence: [fromTenant(workload, path, name)],
      decide: `create ${kind} ${name}, or let ${path} name one that exists`,
      fix:
        near === undefined || !isSlip(name, near)
          ? undefined
          : patchFix(workload, [edit], `let ${path} name ${kind} ${near}`),
    };
  }
  return undefined;
}
