import type { Fix, Severity } from "@sre-agent/crds";
import { lastEdit } from "../../changes/last-edit.ts";
import { clip, type Draft, draft, fromControlPlane, fromTenant } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { numberAt, objectsAt, textAt, valueAt } from "../../snapshot/json.ts";
import { ageMs, condition } from "../../snapshot/pod-state.ts";
import { podSpecOf, podSpecPath } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { absentContainer } from "./absent-container.ts";
import { contention } from "./contending-autoscalers.ts";
import { targetOf, wrongTarget } from "./scale-target.ts";

/** Autoscalers that do not scale, or that stand at their bound. */
export function autoscaler(index: SnapshotIndex): readonly Draft[] {
  return index.ofKind("HorizontalPodAutoscaler").flatMap((scaler) => {
    const wrong =
      wrongTarget(index, scaler) ??
      contention(index, scaler) ??
      absentContainer(index, scaler, targetOf(index, scaler)) ??
      wrongMetrics(index, scaler) ??
      atMaximum(index, scaler);
    return wrong === undefined || wrong === "told" ? [] : [scalerFinding(scaler, wrong)];
  });
}

export interface Wrong {
  readonly key: string;
  readonly severity: Severity;
  readonly words: string;
  readonly evidence: Draft["finding"]["evidence"];
  readonly edited: string;
  readonly restsOn?: readonly SnapshotObject[];
  readonly fix: Fix;
}

/** No metric: a container without the request that it is measured against, or nobody who measures. */
function wrongMetrics(index: SnapshotIndex, scaler: SnapshotObject): Wrong | undefined {
  const target = targetOf(index, scaler);
  const active = condition(scaler, "ScalingActive");
  const message = textAt(active, "message") ?? "";
  const unmeasured = target === undefined ? undefined : (blamed(message) ?? withoutRequest(scaler, target));
  const inactive = textAt(active, "status") === "False" && textAt(active, "reason") !== "ScalingDisabled";
  const evidence = inactive ? [fromControlPlane(scaler, "status.conditions[ScalingActive].message", message)] : [];
  if (target !== undefined && unmeasured !== undefined && (inactive || active === undefined)) {
    const { container, resource } = unmeasured;
    const path = `${podSpecPath(target)}.containers[${container}].resources.requests.${resource}`;
    const where = `${target.kind}/${target.metadata.name}`;
    return {
      key: `request ${container} ${resource}`,
      severity: "error",
      words: `scales by ${resource} utilization, and container ${container} of ${where} has no request for it (${path})`,
      evidence: [fromTenant(target, path, "(absent)"), ...evidence],
      edited: "spec.metrics",
      fix: decision(`set ${path} of ${where} to what the container needs in ordinary operation`),
    };
  }
  return inactive ? unread(index, scaler, { message, evidence, target }) : undefined;
}

const STARTING_MS = 3 * 60_000;
const MISSING_API =
  /could not find the requested resource|unable to fetch metrics|no metrics returned|the server is currently unable|unable to get.*metric/i;

/** The API does not exist: no metric comes by waiting. */
const UNREGISTERED = /no (?:custom|external) metrics API \(\S+\) registered/;

function unread(
  index: SnapshotIndex,
  scaler: SnapshotObject,
  {
    message,
    evidence,
    target,
  }: Pick<Wrong, "evidence"> & { readonly message: string; readonly target: SnapshotObject | undefined },
): Wrong | undefined {
  const since = ageMs(index.nowMs, textAt(condition(scaler, "ScalingActive"), "lastTransitionTime")) ?? STARTING_MS;
  if (since < STARTING_MS && !UNREGISTERED.test(message)) return undefined;
  const api = apiOf(textAt(condition(scaler, "ScalingActive"), "reason") ?? "");
  const served = index.ofKind("APIService").filter(({ metadata }) => metadata.name.endsWith(`.${api}`));
  const absent = index.knows("APIService") && served.length === 0 && MISSING_API.test(message);
  return {
    key: "metrics",
    severity: "error",
    words: absent
      ? `gets no metrics: nothing serves the API ${api} in this cluster`
      : `gets no metrics: ${clip(message, 400)}`,
    evidence,
    edited: "spec.metrics",
    restsOn: [...served, ...(target ? [target] : [])],
    fix: decision(
      absent
        ? `install what serves ${api}${api === "metrics.k8s.io" ? " (metrics-server)" : " (an adapter for the metrics of spec.metrics)"}`
        : "correct the metric, or what serves it",
    ),
  };
}

/** Which API the metric comes from, by the reason of the controller. */
function apiOf(reason: string): string {
  if (/Pods|Object/.test(reason)) return "custom.metrics.k8s.io";
  return /External/.test(reason) ? "external.metrics.k8s.io" : "metrics.k8s.io";
}

interface Unmeasured {
  readonly container: string;
  readonly resource: string;
}

/** The container that the controller itself names: one that admission put into the pods is in no template. */
function blamed(message: string): Unmeasured | undefined {
  const [, resource, container] = /missing request for (\S+) in container (\S+)/.exec(message) ?? [];
  return resource === undefined || container === undefined ? undefined : { container, resource };
}

/** Utilization is a share of the request: one container without it is enough for no metric at all. */
function withoutRequest(scaler: SnapshotObject, target: SnapshotObject): Unmeasured | undefined {
  const containers = objectsAt(podSpecOf(target), "containers");
  for (const metric of objectsAt(scaler, "spec", "metrics")) {
    const source = textAt(metric, "type") === "ContainerResource" ? "containerResource" : "resource";
    const resource = textAt(metric, source, "name");
    if (resource === undefined || valueAt(metric, source, "target", "averageUtilization") === undefined) continue;
    const only = textAt(metric, source, "container");
    const measured = containers.filter(({ name }) => only === undefined || name === only);
    const bare = measured.find((container) => !requests(container, resource));
    if (bare !== undefined) return { container: textAt(bare, "name") ?? "", resource };
  }
  return undefined;
}

/** A limit alone is a request too. */
function requests(container: unknown, resource: string): boolean {
  return ["requests", "limits"].some((field) => valueAt(container, "resources", field, resource) !== undefined);
}

const LONG_MS = 15 * 60_000;

/** Wants more than it may for long: its owner's word. */
function atMaximum(index: SnapshotIndex, scaler: SnapshotObject): Wrong | undefined {
  const limited = condition(scaler, "ScalingLimited");
  const since = ageMs(index.nowMs, textAt(limited, "lastTransitionTime")) ?? 0;
  const max = numberAt(scaler, "spec", "maxReplicas");
  const stuck = textAt(limited, "status") === "True" && textAt(limited, "reason") === "TooManyReplicas";
  const fixed = (numberAt(scaler, "spec", "minReplicas") ?? 1) === max;
  if (!stuck || numberAt(scaler, "status", "currentReplicas") !== max || (since < LONG_MS && !fixed)) return undefined;
  return {
    key: "maximum",
    severity: "warning",
    words: `wants more than spec.maxReplicas ${max}${fixed ? ", which equals spec.minReplicas, so that it never scales" : " for a long time"}`,
    evidence: [
      fromTenant(scaler, "spec.maxReplicas", String(max)),
      fromControlPlane(scaler, "status.conditions[ScalingLimited].message", textAt(limited, "message") ?? ""),
    ],
    edited: "spec.maxReplicas",
    fix: decision("decide whether spec.maxReplicas should be higher, or find out what loads the pods"),
  };
}

function scalerFinding(
  scaler: SnapshotObject,
  { key, severity, words, evidence, edited, restsOn = [], fix }: Wrong,
): Draft {
  return draft({
    analyzer: "autoscaler",
    layer: "apart",
    severity,
    subject: scaler,
    causeKey: [key],
    cause: `HorizontalPodAutoscaler/${scaler.metadata.name} ${words}`,
    symptom: "does not scale",
    restsOn,
    evidence,
    change: lastEdit(scaler, edited),
    fix,
  });
}
