import { type Draft, draft, fromTenant } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import { health } from "../../health.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { isRecord, type Json, objectsAt, textAt } from "../../snapshot/json.ts";
import { podSpecOf, podSpecPath } from "../../snapshot/pod-template.ts";
import type { PodLog, SnapshotObject } from "../../snapshot/snapshot.ts";

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
    if (mounts.length < 2) return [];
    const [miss] = wanted.filter(({ container, file }) => isElsewhere(mounts, container, file));
    const [stray] = wanted.flatMap((one) => strayWrite(index, workload, { mounts, one }) ?? []);
    const found = miss ? { miss } : stray;
    return found === undefined ? [] : [volumeFinding(workload, { name, mounts, ...found })];
  });
}

interface Stray {
  readonly miss: Wanted;
  /** The other container, and the path at which it writes the file instead. */
  readonly writer: Mount;
}

/** Where the other container has a file of that name outside of its own mount of the volume. */
function strayWrite(
  index: SnapshotIndex,
  workload: SnapshotObject,
  { mounts, one }: { readonly mounts: readonly Mount[]; readonly one: Wanted },
): Stray | undefined {
  const own = mounts.find(({ container }) => container === one.container);
  if (own === undefined || !isBelow(one.file, own.path)) return undefined;
  const base = one.file.slice(one.file.lastIndexOf("/"));
  for (const mount of mounts.filter(({ container }) => container !== one.container)) {
    const paths = [...textOf(index, workload, mount.container).matchAll(FILE)].map(([, path = ""]) => path);
    const path = paths.find((each) => each.endsWith(base) && !isBelow(each, mount.path));
    if (path !== undefined) return { miss: one, writer: { container: mount.container, path } };
  }
  return undefined;
}

/** What a container is told to do, and what it says. */
function textOf(index: SnapshotIndex, workload: SnapshotObject, container: string): string {
  const spec = objectsAt(podSpecOf(workload), "containers").find(({ name }) => name === container);
  const logs = logsOf(index, workload).filter((log) => log.container === container);
  return [JSON.stringify([spec?.["command"], spec?.["args"]]), ...logs.map(({ text }) => text)].join("\n");
}

function isBelow(file: string, folder: string): boolean {
  return `${file}/`.startsWith(`${folder.replace(/\/$/, "")}/`);
}

interface Wanted {
  readonly container: string;
  readonly file: string;
  readonly said: string;
}

/** Files that a container's log says are not there. */
function missingFiles(index: SnapshotIndex, workload: SnapshotObject): readonly Wanted[] {
  return logsOf(index, workload).flatMap(({ container, text }) =>
    text
      .split("\n")
      .filter((line) => /no such file|not found|cannot open|can't open|does not exist|missing|ENOENT/i.test(line))
      .flatMap((said) => [...said.matchAll(FILE)].map(([, file = ""]) => ({ container, file, said }))),
  );
}

function logsOf(index: SnapshotIndex, workload: SnapshotObject): readonly PodLog[] {
  const pods = index.podsOf(workload).map(({ metadata }) => metadata.name);
  const { namespace } = workload.metadata;
  return index.snapshot.logs.filter((log) => log.namespace === namespace && pods.includes(log.pod));
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
  return own !== undefined && mounts.some((mount) => mount.container !== container) && !isBelow(file, own.path);
}

interface Found {
  readonly name: string;
  readonly mounts: readonly Mount[];
  readonly miss: Wanted;
  readonly writer?: Mount;
}

function volumeFinding(workload: SnapshotObject, { name, mounts, miss, writer }: Found): Draft {
  const where = mounts.map(({ container, path }) => `${container} at ${path}`).join(", ");
  const wrong =
    writer === undefined
      ? `volume ${name}, which its containers share, is mounted elsewhere`
      : `container ${writer.container} has it at ${writer.path}, which is not below its mount of volume ${name}, which they share`;
  return draft({
    analyzer: "shared-volume",
    layer: "setting",
    severity: "error",
    subject: workload,
    causeKey: [name],
    cause: `container ${miss.container} looks for ${miss.file}, but ${wrong} (${where}; ${podSpecPath(workload)}.containers[].volumeMounts)`,
    symptom: `container ${miss.container} does not find ${miss.file}`,
    evidence: mounts.map(({ container, path }) =>
      fromTenant(workload, `spec.template.spec.containers[${container}].volumeMounts[${name}].mountPath`, path),
    ),
    fix: decision(
      `let the volumeMounts of ${name} and the paths of both containers agree (the reader wants ${miss.file}${writer ? `, the writer has ${writer.path}` : ""})`,
    ),
  });
}
