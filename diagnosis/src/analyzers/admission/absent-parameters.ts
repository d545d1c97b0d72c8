import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import type { Explained } from "./creation-refused.ts";
import type { Refusal } from "./refusals.ts";

/** A ValidatingAdmissionPolicy whose binding names parameters that are not there, and refuses for that. */
export function absentParameters(_index: SnapshotIndex, { workload, message }: Refusal): Explained | undefined {
  const [, policy, binding] =
    /ValidatingAdmissionPolicy '([^']+)' with binding '([^']+)' denied request: .*no params found/.exec(message) ?? [];
  if (policy === undefined || binding === undefined) return undefined;
  const where = `ValidatingAdmissionPolicyBinding/${binding}`;
  return {
    analyzer: "creation-refused",
    subject: workload,
    causeKey: ["parameters", binding],
    cause: `${where} of ValidatingAdmissionPolicy/${policy} refuses the pods of ${workload.kind} ${workload.metadata.name} whatever they are: spec.paramRef of the binding finds no parameter object, and its parameterNotFoundAction is Deny`,
    evidence: [],
    decide: `correct spec.paramRef of ${where}, or create the object that it names; its author decides whether missing parameters should refuse (parameterNotFoundAction)`,
    anyRevision: true,
  };
}
