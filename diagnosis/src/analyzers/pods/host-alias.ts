import { clip, type Draft, draft, fromControlPlane, fromTenant } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import { reachingPods } from "../../findings/reaching-pods.ts";
import { outageSeverity } from "../../health.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectsAt, textAt, textsAt } from "../../snapshot/json.ts";
import { podSpecOf, podSpecPath } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { workloadsIn } from "../network/backing.ts";
import { complaint } from "../network/client-trouble.ts";

/** Workloads that give the name of a Service another address, and do not reach it. */
export function hostAlias(index: SnapshotIndex): readonly Draft[] {
  return index.snapshot.namespaces
    .flatMap((namespace) => workloadsIn(index, namespace))
    .flatMap((workload) => aliasesOf(index, workload).flatMap((alias) => aliasFinding(index, workload, alias) ?? []));
}

interface Alias {
  readonly host: string;
  readonly address: string;
  readonly service: SnapshotObject;
}

function aliasesOf(index: SnapshotIndex, workload: SnapshotObject): readonly Alias[] {
  return objectsAt(podSpecOf(workload), "hostAliases").flatMap((entry) => {
    const address = textAt(entry, "ip") ?? "";
    return textsAt(entry, "hostnames").flatMap((host) => {
      const [name = "", namespace = workload.metadata.namespace] = host.split(".");
      const service = index.byName("Service", namespace, name);
      const own = textAt(service, "spec", "clusterIP");
      return service === undefined || own === address ? [] : [{ host, address, service }];
    });
  });
}

function aliasFinding(
  index: SnapshotIndex,
  workload: SnapshotObject,
  { host, address, service }: Alias,
): Draft | undefined {
  const said = complaint(index, workload, host);
  if (said === undefined) return undefined;
  const field = `${podSpecPath(workload)}.hostAliases`;
  const right = textAt(service, "spec", "clusterIP") ?? "";
  return draft({
    analyzer: "host-alias",
    layer: "setting",
    severity: outageSeverity(index, workload),
    subject: workload,
    causeKey: [host],
    cause: `${field} of ${workload.kind}/${workload.metadata.name} gives ${host} the address ${address}, so that it never asks Service/${service.metadata.name} (${right})`,
    symptom: `asks ${address} for ${host}`,
    evidence: [
      fromTenant(workload, field, `${address} ${host}`),
      fromControlPlane(service, "spec.clusterIP", right),
      fromTenant(said.object, said.path, clip(said.line, 300)),
    ],
    fix: reachingPods(
      index,
      workload,
      decision(`remove ${host} from ${field}, so that its name means Service/${service.metadata.name} again`),
    ),
  });
}
