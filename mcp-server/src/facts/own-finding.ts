import { type Action, canonicalJson, type Finding } from "@sre-agent/crds";

/** A fresh diagnosis of a namespace by this server itself. May throw KubeError. */
export type OwnDiagnosis = (namespace: string, signal: AbortSignal) => Promise<readonly Finding[]>;

/**
 * Whether our own fresh diagnosis asks for `action`: no model's words count. A finding that rests only on what a tenant
 * can write, such as a log line, does not either.
 */
export function createOwnFinding(diagnose: OwnDiagnosis) {
  return async (action: Action, signal: AbortSignal): Promise<boolean> =>
    (await diagnose(action.target.namespace, signal)).some((finding) => asksFor(finding, action));
}

function asksFor({ fix, evidence }: Finding, action: Action): boolean {
  if (fix?.kind !== "action" || !evidence.some(({ writableBy }) => writableBy === "control-plane")) return false;
  return canonicalJson(essence(fix.action)) === canonicalJson(essence(action));
}

/** When a restart is to be noted is no part of what is asked for. */
function essence({
  type,
  target,
  parameters,
}: Action | Extract<NonNullable<Finding["fix"]>, { kind: "action" }>["action"]) {
  return { type, uid: target.uid, parameters: { ...parameters, restartedAt: undefined } };
}
