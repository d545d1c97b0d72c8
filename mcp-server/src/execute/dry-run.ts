import { type Denial, deny } from "@sre-agent/crds";
import { isKubeError, type KubeObject, type Previewer } from "@sre-agent/kube";
import type { Workload } from "../facts/workload.ts";
import { diffFields } from "../plans/diff-fields.ts";
import type { Effect, Plan } from "../plans/plan.ts";

/**
 * Fields that the API server moves with every write; and the status, which no patch of the main resource reaches: where
 * it differs, its controller wrote meanwhile.
 */
const BOOKKEEPING = [
  "/metadata/generation",
  "/metadata/resourceVersion",
  "/metadata/managedFields",
  "/metadata/annotations/deprecated.daemonset.template.generation",
  "/status",
];

type PatchEffect = Extract<Effect, { kind: "patch" }>;

/** null when the API server would make exactly the declared change. Throws what says nothing about the change itself. */
export async function dryRun(
  previewer: Previewer,
  { plan, target }: { readonly plan: Plan; readonly target: Workload },
  signal: AbortSignal,
): Promise<Denial | null> {
  // An eviction changes no field; what may refuse it, a budget, is asked by a guard.
  if (plan.effect.kind === "evict") return null;
  try {
    const { apiVersion, kind, metadata } = target;
    const { namespace, name } = metadata;
    const ref = { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) };
    return judge(target, await previewer.patch(ref, plan.effect.patch, { signal }), plan.effect);
  } catch (error) {
    return refusal(error);
  }
}

function judge(before: Workload, after: KubeObject, effect: PatchEffect): Denial | null {
  const surprising = diffFields(before, after)
    .map(({ pointer }) => pointer)
    .filter((pointer) => ![...effect.declares, ...BOOKKEEPING].some((path) => isBelow(pointer, path)));
  const altered = effect.patch
    .flatMap((step) => (step.op === "replace" ? diffFields(step.value, at(after, step.path), step.path) : []))
    .map(({ pointer }) => pointer);
  const [first, ...more] = [...surprising, ...altered];
  if (first === undefined) return null;
  const rest = more.length > 0 ? ` and ${more.length} more fields` : "";
  return deny("DRY_RUN_DIFFERS", `The API server would set ${first}${rest} differently than declared (a webhook?).`);
}

const isBelow = (pointer: string, path: string) => pointer === path || pointer.startsWith(`${path}/`);

function at(object: unknown, pointer: string): unknown {
  let value: unknown = object;
  for (const name of pointer.split("/").slice(1)) {
    value = (value as Record<string, unknown> | undefined)?.[name.replaceAll("~1", "/").replaceAll("~0", "~")];
  }
  return value;
}

function refusal(error: unknown): Denial {
  if (isKubeError(error, "INVALID") && error.causes.length === 0) return deny("STALE", "The target changed just now.");
  if (isKubeError(error, "INVALID", "FORBIDDEN")) return deny("DRY_RUN_REFUSED", error.message.slice(0, 2000));
  throw error;
}
