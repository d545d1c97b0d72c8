import type { DecideRequest } from "@sre-agent/crds";
import { UserError } from "@sre-agent/frame";
import type { Reader } from "@sre-agent/kube";
import { USAGE_EXIT_CODE } from "../command.ts";
import { existingObject } from "./existing-object.ts";

export type InvestigationTarget = DecideRequest["context"]["target"];

export interface AskedTarget {
  /** `deployment/web`, or absent for the namespace as a whole. */
  readonly text: string | undefined;
  readonly namespace: string;
  readonly signal: AbortSignal;
}

/** What a person means by `deployment/web`, once it is known to be there. @throws UserError, KubeError UNKNOWN_KIND */
export async function investigationTarget(reader: Reader, asked: AskedTarget): Promise<InvestigationTarget> {
  const { text, namespace, signal } = asked;
  if (text === undefined) return { apiVersion: "v1", kind: "Namespace", namespace };
  const [kindName, name, ...rest] = text.split("/");
  if (!kindName || !name || rest.length > 0) throw malformed(text);
  const { apiVersion, kind, namespaced } = await reader.resolve(kindName, { signal });
  const ref = { apiVersion, kind, name, ...(namespaced ? { namespace } : {}) };
  const object = await existingObject(reader, ref, signal);
  return { apiVersion, kind, namespace, name, uid: object.metadata.uid };
}

function malformed(text: string): UserError {
  return new UserError(`TARGET cannot be "${text}": it is KIND/NAME.`, {
    exitCode: USAGE_EXIT_CODE,
    nextStep: "For example: sre-agent investigate deployment/web -n shop",
  });
}
