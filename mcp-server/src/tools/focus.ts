import { type Denial, deny, type Finding } from "@sre-agent/crds";
import { allowedKind, type KindQuestion, type Place } from "./allowed-kind.ts";
import { getOrNear } from "./existence.ts";

/** The object that a diagnosis was asked about, by its proper kind. */
export interface Focus {
  readonly kind: string;
  readonly name: string;
}

interface Asked {
  readonly kind?: string | undefined;
  readonly name?: string | undefined;
}

/** The namespace that is looked at anyway: naming it as an object asks for no more. */
const NAMESPACE = /^(namespaces?|ns)$/i;

/** A misspelt name must not end in "nothing is wrong": the object has to be there, where it can be looked up. */
export async function focusOf(
  { kind, name }: Asked,
  place: Place,
  question: KindQuestion,
): Promise<Focus | Denial | undefined> {
  if (kind === undefined && name === undefined) return undefined;
  if (kind === undefined || name === undefined) {
    return deny("SCHEMA_INVALID", "kind: give kind and name together, or neither.");
  }
  if (NAMESPACE.test(kind) && name === place.namespace) return undefined;
  const allNamespaces = place.namespace === undefined;
  const allowed = await allowedKind({ kind, allNamespaces, ...place }, question);
  if ("code" in allowed) return allowed;
  const focus = { kind: allowed.type.kind, name };
  if (allowed.type.namespaced && allNamespaces) return focus;
  const object = await getOrNear(question.reader, { ...allowed.ref, ...allowed.place, name }, question.context.signal);
  return "code" in object ? object : focus;
}

/** Whether a finding is about the object, as its cause or as a symptom. */
export function concerns({ subject, explains }: Finding, { kind, name }: Focus): boolean {
  return [subject, ...explains.map((symptom) => symptom.subject)].some(
    (each) => each.kind === kind && each.name === name,
  );
}
