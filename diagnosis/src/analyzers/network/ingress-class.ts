import type { Severity } from "@sre-agent/crds";
import { lastEdit } from "../../changes/last-edit.ts";
import { type Draft, draft, fromTenant } from "../../findings/draft.ts";
import { decision, patchFix, pointerStep } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectsAt, textAt } from "../../snapshot/json.ts";
import { isSlip } from "../../snapshot/nearest-name.ts";
import { ageMs } from "../../snapshot/pod-state.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

const LEGACY = "kubernetes.io/ingress.class";
const DEFAULT = "ingressclass.kubernetes.io/is-default-class";
/** A controller takes longer than that only when there is none. */
const PATIENCE_MS = 120_000;

/** Ingresses that no controller takes: their class does not exist, or they name none and there is no default. */
export function ingressClass(index: SnapshotIndex): readonly Draft[] {
  if (!index.knows("IngressClass")) return [];
  // One that has an address is served, by whatever controller.
  const unserved = index
    .ofKind("Ingress")
    .filter((ingress) => objectsAt(ingress, "status", "loadBalancer", "ingress").length === 0);
  return unserved.flatMap((ingress) => {
    const named = textAt(ingress, "spec", "ingressClassName");
    return named === undefined ? unnamed(index, ingress) : missing(index, ingress, named);
  });
}

function missing(index: SnapshotIndex, ingress: SnapshotObject, named: string): readonly Draft[] {
  const classes = index.ofKind("IngressClass").map(({ metadata }) => metadata.name);
  if (classes.includes(named)) return [];
  // Another class may serve another public.
  const right = classes.find((one) => isSlip(named, one));
  const there = classes.length === 0 ? "the cluster has none" : `the cluster has ${classes.slice(0, 10).join(", ")}`;
  const summary = `set spec.ingressClassName of Ingress/${ingress.metadata.name} to a class that exists`;
  return [
    classFinding(ingress, {
      // Without any class there may be no controller on purpose: of a copy, or a cluster for tests.
      severity: classes.length === 0 ? "warning" : "error",
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
  const taken = classes.some(({ metadata }) => metadata.annotations?.[DEFAULT] === "true");
  const young = (ageMs(index.nowMs, ingress.metadata.creationTimestamp) ?? 0) < PATIENCE_MS;
  const legacy = ingress.metadata.annotations?.[LEGACY];
  if (legacy !== undefined) return misspelled(index, ingress, legacy);
  if (taken || young) return [];
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

/** The annotation of old: a controller may know its value without an IngressClass, and not one that is nearly another. */
function misspelled(index: SnapshotIndex, ingress: SnapshotObject, named: string): readonly Draft[] {
  const classes = index.ofKind("IngressClass").map(({ metadata }) => metadata.name);
  const near = classes.find((one) => isSlip(named, one));
  if (classes.includes(named) || near === undefined) return [];
  const path = `metadata.annotations[${LEGACY}]`;
  const summary = `let ${path} of Ingress/${ingress.metadata.name} name a class that exists: ${near}`;
  const edit = { path: `/metadata/annotations/${pointerStep(LEGACY)}`, from: named, to: near };
  return [
    classFinding(ingress, {
      cause: `Ingress/${ingress.metadata.name} has ${path} ${named}, and the nearest IngressClass is ${near}; no controller gave it an address`,
      value: named,
      path,
      fix: patchFix(ingress, [edit], summary),
    }),
  ];
}

interface Wrong {
  readonly severity?: Severity;
  readonly path?: string;
  readonly cause: string;
  readonly value: string;
  readonly fix: ReturnType<typeof decision>;
}

function classFinding(ingress: SnapshotObject, wrong: Wrong): Draft {
  const { cause, value, fix, severity = "error", path = "spec.ingressClassName" } = wrong;
  return draft({
    analyzer: "ingress-class",
    layer: "apart",
    severity,
    subject: ingress,
    causeKey: [value],
    cause,
    symptom: "no controller serves it",
    evidence: [fromTenant(ingress, path, value)],
    change: lastEdit(ingress, "spec.ingressClassName"),
    fix,
  });
}
