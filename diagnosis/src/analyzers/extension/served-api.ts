import { clip, type Draft, draft, fromControlPlane, fromTenant } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { textAt } from "../../snapshot/json.ts";
import { ageMs, condition } from "../../snapshot/pod-state.ts";
import { sees } from "../../snapshot/scope.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { backingsOf } from "../network/backing.ts";

const STARTING_MS = 60_000;

/** APIs beside the core that do not answer: aggregated ones, and custom resources. */
export function servedApi(index: SnapshotIndex): readonly Draft[] {
  return [...index.ofKind("APIService").flatMap((one) => aggregated(index, one)), ...customKinds(index)];
}

function aggregated(index: SnapshotIndex, api: SnapshotObject): readonly Draft[] {
  const available = condition(api, "Available");
  const since = ageMs(index.nowMs, textAt(available, "lastTransitionTime")) ?? STARTING_MS;
  if (available === undefined || textAt(available, "status") === "True" || since < STARTING_MS) return [];
  const [name, namespace = ""] = [textAt(api, "spec", "service", "name"), textAt(api, "spec", "service", "namespace")];
  const backing = backingsOf(index).find(
    ({ service }) => service.metadata.name === name && service.metadata.namespace === namespace,
  );
  const [reason = "", message = ""] = [textAt(available, "reason"), textAt(available, "message")];
  const behind = backing?.workloads.map(({ kind, metadata }) => `${kind}/${metadata.name}`).join(", ");
  return [
    draft({
      analyzer: "served-api",
      layer: "apart",
      severity: "error",
      subject: api,
      causeKey: [reason],
      cause: `APIService/${api.metadata.name} is not available (${reason}): ${clip(message, 400)}`,
      symptom: "is not available",
      restsOn: backing === undefined ? [] : [backing.service, ...backing.workloads],
      evidence: [
        fromControlPlane(api, "status.conditions[Available].message", message),
        fromTenant(api, "spec.service", `${namespace}/${name}`),
      ],
      fix: decision(`get Service/${name} in namespace ${namespace}${behind ? ` (${behind})` : ""} to answer again`),
    }),
  ];
}

function customKinds(index: SnapshotIndex): readonly Draft[] {
  return index.ofKind("CustomResourceDefinition").flatMap((one) => {
    const wrong = notEstablished(one) ?? conversion(index, one);
    if (wrong === undefined) return [];
    const { key, words, path, value, fix } = wrong;
    return [
      draft({
        analyzer: "served-api",
        layer: "apart",
        severity: "error",
        subject: one,
        causeKey: [key],
        cause: `CustomResourceDefinition/${one.metadata.name} ${words}`,
        symptom: "its objects cannot be read or written",
        restsOn: wrong.restsOn,
        evidence: [fromControlPlane(one, path, value)],
        fix: decision(fix),
      }),
    ];
  });
}

interface Wrong {
  readonly key: string;
  readonly words: string;
  readonly path: string;
  readonly value: string;
  readonly fix: string;
  readonly restsOn: readonly SnapshotObject[];
}

function notEstablished(one: SnapshotObject): Wrong | undefined {
  for (const type of ["NamesAccepted", "Established"]) {
    const found = condition(one, type);
    if (found === undefined || textAt(found, "status") !== "False") continue;
    const message = textAt(found, "message") ?? "";
    return {
      ...{ key: type, path: `status.conditions[${type}].message`, value: message, restsOn: [] },
      words: `is not served (${type} False): ${clip(message, 400)}`,
      fix: type === "NamesAccepted" ? "give it names that no other definition has" : "correct what its conditions name",
    };
  }
  return undefined;
}

/** Objects of several versions are converted by a webhook that is not there. */
function conversion(index: SnapshotIndex, one: SnapshotObject): Wrong | undefined {
  const steps = ["spec", "conversion", "webhook", "clientConfig", "service"];
  const [name, namespace = ""] = [textAt(one, ...steps, "name"), textAt(one, ...steps, "namespace")];
  if (textAt(one, "spec", "conversion", "strategy") !== "Webhook" || name === undefined) return undefined;
  if (!sees(index, namespace) || !index.knows("Service")) return undefined;
  const service = index.byName("Service", namespace, name);
  const backing = backingsOf(index).find((each) => each.service === service);
  const down =
    backing !== undefined && !backing.pods.some((pod) => textAt(condition(pod, "Ready"), "status") === "True");
  if (service !== undefined && !down) return undefined;
  const state = service === undefined ? "does not exist" : "has no ready endpoint";
  return {
    ...{ key: "conversion", path: "spec.conversion.webhook.clientConfig.service", value: `${namespace}/${name}` },
    words: `converts its objects by a webhook on Service/${name} in namespace ${namespace}, which ${state}`,
    fix: `restore Service/${name} in namespace ${namespace} and what answers behind it`,
    restsOn: service === undefined ? [] : [service, ...(backing?.workloads ?? [])],
  };
}
