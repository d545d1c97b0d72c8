import { lastEdit } from "../../changes/last-edit.ts";
import { type Draft, draft, fromTenant } from "../../findings/draft.ts";
import { decision, patchFix } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectsAt, textAt } from "../../snapshot/json.ts";
import { nearestName } from "../../snapshot/nearest-name.ts";
import { ageMs } from "../../snapshot/pod-state.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

const LEGACY = "kubernetes.io/ingress.class";
const DEFAULT = "ingressclass.kubernetes.io/is-default-class";
/** A controller takes longer than that only when there is none. */
const PATIENCE_MS = 120_000;

/** Ingresses that no controller takes: their class does not exist, or they name none and there is no default. */
export function ingressClass(index: SnapshotIndex): readonly Draft[] {
  if (!index.knows("IngressClass")) return [];
  return index.ofKind("Ingress").flatMap((ingress) => {
    const named = textAt(ingress, "spec", "ingressClassName");
    return named === undefined ? unnamed(index, ingress) : missing(index, ingress, named);
  });
}

function missing(index: SnapshotIndex, ingress: SnapshotObject, named: string): readonly Draft[] {
  const classes = index.ofKind("IngressClass").map(({ metadata }) => metadata.name);
  if (classes.includes(named)) return [];
  const right = nearestName(named, classes) ?? (classes.length === 1 ? classes[0] : undefined);
  const there = classes.length === 0 ? "the cluster has none" : `the cluster has ${classes.slice(0, 10).join(", ")}`;
  const summary = `set spec.ingressClassName of Ingress/${ingress.metadata.name} to a class that exists`;
  return [
    classFinding(ingress, {
      cause: `Ingress/${ingress.metadata.name} has spec.ingressClassName ${named}, an IngressClass that does not exist (${there})`,
      value: named,
      fix:
        right === undefined
          ? decision(`${summary}, or install the controller of class ${named}`)
          : patchFix(ingress, [{ path: "/spec/ingressClassName", from: named, to: right }], `${summary}: ${right}`),
    }),
  ];
}

/** Controllers also take Ingresses without a class: one that has an address is served. */
function unnamed(index: SnapshotIndex, ingress: SnapshotObject): readonly Draft[] {
  const classes = index.ofKind("IngressClass");
  const served = objectsAt(ingress, "status", "loadBalancer", "ingress").length > 0;
  const taken = classes.some(({ metadata }) => metadata.annotations?.[DEFAULT] === "true");
  const young = (ageMs(index.nowMs, ingress.metadata.creationTimestamp) ?? 0) < PATIENCE_MS;
  if (served || taken || young || ingress.metadata.annotations?.[LEGACY] !== undefined) return [];
  const [only, ...others] = classes;
  const summary = `set spec.ingressClassName of Ingress/${ingress.metadata.name}`;
  return [
    classFinding(ingress, {
      cause: `Ingress/${ingress.metadata.name} has no spec.ingressClassName, no IngressClass is the default, and no controller gave it an address`,
      value: "(absent)",
      fix:
        only && others.length === 0
          ? patchFix(
              ingress,
              [{ path: "/spec/ingressClassName", to: only.metadata.name }],
              `${summary} to ${only.metadata.name}`,
            )
          : decision(`${summary} to the class of the controller that should serve it`),
    }),
  ];
}

interface Wrong {
  readonly cause: string;
  readonly value: string;
  readonly fix: ReturnType<typeof decision>;
}

function classFinding(ingress: SnapshotObject, { cause, value, fix }: Wrong): Draft {
  return draft({
    analyzer: "ingress-class",
    layer: "apart",
    severity: "error",
    subject: ingress,
    causeKey: [value],
    cause,
    symptom: "no controller serves it",
    evidence: [fromTenant(ingress, "spec.ingressClassName", value)],
    change: lastEdit(ingress, "spec.ingressClassName"),
    fix,
  });
}
