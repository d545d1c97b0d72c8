import type { DecideRequest } from "@sre-agent/crds";
import { UserError } from "@sre-agent/frame";
import { isKubeError, type Reader } from "@sre-agent/kube";
import { USAGE_EXIT_CODE } from "../command.ts";
import { suggestion } from "../suggestion.ts";

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
  const object = await reader.get(ref, { signal }).catch(async (error: unknown) => {
    if (!isKubeError(error, "NOT_FOUND")) throw error;
    throw notThere(ref, await namesOf(reader, ref, signal));
  });
  return { apiVersion, kind, namespace, name, uid: object.metadata.uid };
}

function malformed(text: string): UserError {
  return new UserError(`TARGET cannot be "${text}": it is KIND/NAME.`, {
    exitCode: USAGE_EXIT_CODE,
    nextStep: "For example: sre-agent investigate deployment/web -n shop",
  });
}

interface Missing {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

function notThere({ kind, name, namespace }: Missing, names: readonly string[]): UserError {
  const place = namespace === undefined ? "" : ` in namespace ${namespace}`;
  return new UserError(`There is no ${kind} "${name}"${place}.${suggestion(name, names)}`, {
    nextStep: `List them: kubectl get ${kind.toLowerCase()}${namespace === undefined ? "" : ` -n ${namespace}`}`,
  });
}

const MAX_LISTED = 500;

async function namesOf(
  reader: Reader,
  { namespace, ...kind }: Missing,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const place = namespace === undefined ? {} : { namespace };
  const { items } = await reader.listAll(kind, { ...place, maxItems: MAX_LISTED, signal }).catch(() => ({ items: [] }));
  return items.map(({ metadata }) => metadata.name);
}
