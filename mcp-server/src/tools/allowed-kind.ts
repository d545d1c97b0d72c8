import { type Denial, deny } from "@sre-agent/crds";
import type { KindRef, Reader, ResourceType } from "@sre-agent/kube";
import { namespaceOf } from "./namespace.ts";
import type { ToolContext } from "./tool.ts";

/** One namespace; absent: all of them, or beyond namespaces. */
export interface Place {
  readonly namespace?: string;
}

export interface AllowedKind {
  readonly type: ResourceType;
  readonly ref: KindRef;
  readonly place: Place;
}

export interface KindQuestion {
  readonly reader: Reader;
  readonly context: ToolContext;
  /** Where calls without a namespace look. */
  readonly usual: string | undefined;
}

interface Asked {
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly allNamespaces?: boolean | undefined;
}

/**
 * The kind that a caller means and where it may read it.
 * @throws KubeError UNKNOWN_KIND with near names.
 */
export async function allowedKind(asked: Asked, question: KindQuestion): Promise<AllowedKind | Denial> {
  const { reader, context } = question;
  const type = await reader.resolve(asked.kind, { signal: context.signal });
  const place = type.namespaced ? placeOf(asked, question) : {};
  if ("code" in place) return place;
  const ref = { apiVersion: type.apiVersion, kind: type.kind };
  const forbidden = await context.mayRead({ kind: ref, ...place });
  return forbidden ?? { type, ref, place };
}

/** The namespace of a call, or all of them. */
export function placeOf(
  { namespace, allNamespaces }: Omit<Asked, "kind">,
  { context, usual }: Omit<KindQuestion, "reader">,
): Place | Denial {
  if (allNamespaces === true && namespace !== undefined) {
    return deny("SCHEMA_INVALID", "namespace: give either namespace or allNamespaces.");
  }
  if (allNamespaces === true) return {};
  const found = namespaceOf(namespace, context, usual);
  return typeof found === "string" ? { namespace: found } : found;
}
