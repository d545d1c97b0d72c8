import type { FindingEvidence } from "@sre-agent/crds";
import { fromControlPlane, fromTenant } from "../../findings/draft.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectsAt, textAt } from "../../snapshot/json.ts";
import { nearestName } from "../../snapshot/nearest-name.ts";
import { podSpecOf, podSpecPath } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import type { Trouble } from "./container-trouble.ts";

interface PullSecretFault {
  readonly words: string;
  readonly decide: string;
  readonly evidence: FindingEvidence;
}

const TYPES = new Set(["kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg"]);

/** A secret for the registry that does not exist, or is of a type from which the kubelet takes no credentials. */
export function pullSecretFault(index: SnapshotIndex, { workload, pod }: Trouble): PullSecretFault | undefined {
  const { namespace = "" } = pod.metadata;
  if (!index.knows("Secret")) return undefined;
  for (const { name, path, holder } of pullSecretsOf(index, workload, pod)) {
    const secret = index.byName("Secret", namespace, name);
    if (secret === undefined) return absent(index, { name, path, holder });
    const type = textAt(secret, "type");
    if (type !== undefined && !TYPES.has(type)) return wrongType(secret, path, type);
  }
  return undefined;
}

interface Named {
  readonly name: string;
  readonly path: string;
  readonly holder: SnapshotObject;
}

/** Its own, and where it has none those of its ServiceAccount. */
function pullSecretsOf(index: SnapshotIndex, workload: SnapshotObject, pod: SnapshotObject): readonly Named[] {
  const path = `${podSpecPath(workload)}.imagePullSecrets`;
  const own = objectsAt(podSpecOf(workload), "imagePullSecrets").map((one) => ({ one, path, holder: workload }));
  const name = textAt(podSpecOf(pod), "serviceAccountName") ?? "default";
  const account = index.byName("ServiceAccount", pod.metadata.namespace, name);
  const given = objectsAt(account, "imagePullSecrets").flatMap((one) =>
    account === undefined ? [] : [{ one, path: "imagePullSecrets", holder: account }],
  );
  const all = own.length > 0 ? own : given;
  return all.map(({ one, ...rest }) => ({ ...rest, name: textAt(one, "name") ?? "" }));
}

function absent(index: SnapshotIndex, { name, path, holder }: Named): PullSecretFault {
  const secrets = index
    .inNamespace("Secret", holder.metadata.namespace ?? "")
    .filter((one) => TYPES.has(textAt(one, "type") ?? ""));
  const near = nearestName(
    name,
    secrets.map(({ metadata }) => metadata.name),
  );
  const of = `${path} of ${holder.kind}/${holder.metadata.name}`;
  return {
    words: `${of} names Secret ${name}, which does not exist in its namespace${near === undefined ? "" : `; Secret ${near} does`}`,
    decide: `create Secret ${name} (type kubernetes.io/dockerconfigjson), or correct ${of}${near === undefined ? "" : ` (${near}?)`}`,
    evidence: fromTenant(holder, path, name),
  };
}

function wrongType(secret: SnapshotObject, path: string, type: string): PullSecretFault {
  const { name } = secret.metadata;
  return {
    words: `Secret ${name} (${path}) is of type ${type}, from which no credentials for registries are read`,
    decide: `create Secret ${name} anew with type kubernetes.io/dockerconfigjson (a type cannot be changed)`,
    evidence: fromControlPlane(secret, "type", type),
  };
}
