import { type Draft, draft, fromTenant } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import { health } from "../../health.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { isRecord, type Json, objectsAt, textAt } from "../../snapshot/json.ts";
import { podSpecOf, podSpecPath } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

const WORKLOADS = ["Deployment", "StatefulSet", "DaemonSet", "Job"];
const FILE = /(\/[\w.-]+(?:\/[\w.-]+)+)/g;

/**
 * Failing workloads of which one container writes files into a shared emptyDir at one path while another reads them
 * below a path that is no mount of that volume.
 */
export function sharedVolume(index: SnapshotIndex): readonly Draft[] {
  return WORKLOADS.flatMap((kind) => index.ofKind(kind))
    .filter((workload) => health(index, workload).severity > 0)
    .flatMap((workload) => misread(index, workload));
}

interface Mount {
  readonly container: string;
  readonly path: string;
}

function misread(index: SnapshotIndex, workload: SnapshotObject): readonly Draft[] {
  const spec = podSpecOf(workload);
  const shared = objectsAt(spec, "volumes").filter((volume) => isRecord(volume["emptyDir"]));
  const wanted = missingFiles(index, workload);
  return shared.flatMap((volume) => {
    const name = textAt(volume, "name") ?? "";
    const mounts = mountsOf(spec, name);
    const [miss] = wanted.filter(({ container, file }) => isElsewhere(mounts, container, file));
    return mounts.length > 1 && miss ? [volumeFinding(workload, { name, mounts, miss })] : [];
  });
}

interface Wanted {
  readonly container: string;
  readonly file: string;
  readonly said: string;
}

/** Files that a container's log says are not there. */
function missingFiles(index: SnapshotIndex, workload: SnapshotObject): readonly Wanted[] {
  const pods = index.podsOf(workload).map(({ metadata }) => metadata.name);
  const logs = index.snapshot.logs.filter(
    ({ pod, namespace }) => namespace === workload.metadata.namespace && pods.includes(pod),
  );
  return logs.flatMap(({ container, text }) =>
    text
      .split("\n")
      .filter((line) => /no such file|not found|cannot open|can't open|missing|ENOENT/i.test(line))
      .flatMap((said) => [...said.matchAll(FILE)].map(([, file = ""]) => ({ container, file, said }))),
  );
}

function mountsOf(spec: Json, volume: string): readonly Mount[] {
  return [...objectsAt(spec, "initContainers"), ...objectsAt(spec, "containers")].flatMap((container) =>
    objectsAt(container, "volumeMounts")
      .filter(({ name }) => name === volume)
      .map((mount) => ({ container: textAt(container, "name") ?? "", path: textAt(mount, "mountPath") ?? "" })),
  );
}

function isElsewhere(mounts: readonly Mount[], container: string, file: string): boolean {
  const own = mounts.find((mount) => mount.container === container);
  return (
    own !== undefined && mounts.some((mount) => mount.container !== container) && !`${file}/`.startsWith(`${own.path}/`)
  );
}

interface Found {
  readonly name: string;
  readonly mounts: readonly Mount[];
  readonly miss: Wanted;
}

function volumeFinding(workload: SnapshotObject, { name, mounts, miss }: Found): Draft {
  const where = mounts.map(({ container, path }) => `${container} at ${path}`).join(", ");
  return draft({
    analyzer: "shared-volume",
    layer: "cause",
    severity: "error",
    subject: workload,
    causeKey: [name],
    cause: `container ${miss.container} looks for ${miss.file}, but volume ${name}, which its containers share, is mounted elsewhere (${where}; ${podSpecPath(workload)}.containers[].volumeMounts)`,
    symptom: `container ${miss.container} does not find ${miss.file}`,
    evidence: mounts.map(({ container, path }) =>
      fromTenant(workload, `spec.template.spec.containers[${container}].volumeMounts[${name}].mountPath`, path),
    ),
    fix: decision(`let both containers use one path of volume ${name} (the reader wants ${miss.file})`),
  });
}
