import { lastEdit } from "../../changes/last-edit.ts";
import { clip, type Draft, draft, fromTenant } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectsAt, textAt } from "../../snapshot/json.ts";
import { isReady } from "../../snapshot/pod-state.ts";
import { podSpecOf, podSpecPath } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

const TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
const MISSING =
  /(?:\/var)?\/run\/secrets\/kubernetes\.io\/serviceaccount.*(?:no such file|not exist|not found|ENOENT)|(?:can.?t|cannot|could not|unable to|failed to) (?:open|read|load|find|stat).*\/run\/secrets\/kubernetes\.io\/serviceaccount/i;

/** Programs that look for the token of their ServiceAccount, in pods that are given none. */
export function automount(index: SnapshotIndex): readonly Draft[] {
  const drafts = index.snapshot.logs.flatMap(({ namespace, pod: name, container, previous, text }) => {
    const line = text.split("\n").find((one) => MISSING.test(one));
    const pod = line === undefined ? undefined : index.byName("Pod", namespace, name);
    const setting = pod === undefined ? undefined : settingOf(index, pod, container);
    if (line === undefined || pod === undefined || setting === undefined) return [];
    const said = fromTenant(pod, `log[${container}]${previous ? " previous" : ""}`, clip(line.trim(), 500));
    return [tokenFinding(index, { pod, container, setting, said })];
  });
  return [...new Map(drafts.map((one) => [one.finding.id, one])).values()];
}

/** Where it is said that no token is mounted: the pod's own word counts before that of its ServiceAccount. */
interface Setting {
  readonly object: SnapshotObject;
  readonly path: string;
}

function settingOf(index: SnapshotIndex, pod: SnapshotObject, container: string): Setting | undefined {
  const spec = podSpecOf(pod);
  const own = [...objectsAt(spec, "containers"), ...objectsAt(spec, "initContainers")].find(
    ({ name }) => name === container,
  );
  if (objectsAt(own, "volumeMounts").some(({ mountPath }) => mountPath === TOKEN_PATH)) return undefined;
  const workload = index.rootOf(pod);
  const account = index.byName(
    "ServiceAccount",
    pod.metadata.namespace,
    textAt(spec, "serviceAccountName") ?? "default",
  );
  const inherited = spec["automountServiceAccountToken"] === undefined;
  if (inherited && account?.["automountServiceAccountToken"] === false)
    return { object: account, path: "automountServiceAccountToken" };
  const silent = spec["automountServiceAccountToken"] !== false;
  return silent ? undefined : { object: workload, path: `${podSpecPath(workload)}.automountServiceAccountToken` };
}

interface Found {
  readonly pod: SnapshotObject;
  readonly container: string;
  readonly setting: Setting;
  readonly said: ReturnType<typeof fromTenant>;
}

function tokenFinding(index: SnapshotIndex, { pod, container, setting, said }: Found): Draft {
  const workload = index.rootOf(pod);
  const { object, path } = setting;
  const where = `${object.kind}/${object.metadata.name}`;
  const field = `${podSpecPath(workload)}.automountServiceAccountToken`;
  return draft({
    analyzer: "automount",
    layer: "setting",
    severity: isReady(pod) ? "error" : "critical",
    subject: workload,
    causeKey: [container, where],
    cause: `container ${container} of ${workload.kind}/${workload.metadata.name} reads the token of its ServiceAccount, and no token is mounted: ${path} of ${where} is false`,
    symptom: "has no token for the API server",
    evidence: [fromTenant(object, path, "false"), said],
    change: lastEdit(object, object === workload ? "spec.template" : "automountServiceAccountToken"),
    fix: decision(
      `decide whether ${workload.kind}/${workload.metadata.name} should call the API server: if so, set ${field} true for it alone`,
    ),
  });
}
