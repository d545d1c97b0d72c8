import type { Fix } from "@sre-agent/crds";
import { lastEdit } from "../../changes/last-edit.ts";
import { lastWrite } from "../../changes/last-write.ts";
import { clip, type Draft, draft, fromControlPlane, fromTenant } from "../../findings/draft.ts";
import { decision, patchFix } from "../../findings/fix.ts";
import { reachingPods } from "../../findings/reaching-pods.ts";
import { restartFix } from "../../findings/restart-fix.ts";
import { outageSeverity } from "../../health.ts";
import { containerPlaces } from "../../snapshot/container-place.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { type Json, objectAt, objectsAt, textAt } from "../../snapshot/json.ts";
import { nearestName, sameNumbers } from "../../snapshot/nearest-name.ts";
import { isLive, isReady } from "../../snapshot/pod-state.ts";
import { podSpecOf } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { workloadsIn } from "../network/backing.ts";

/**
 * Mounts of one file of a ConfigMap or Secret that has no such file. No event tells: the kubelet makes an empty directory
 * of that name, and the program finds a directory where it expects its file.
 */
export function subPath(index: SnapshotIndex): readonly Draft[] {
  return index.snapshot.namespaces
    .flatMap((namespace) => [...workloadsIn(index, namespace), ...index.inNamespace("CronJob", namespace)])
    .flatMap((workload) => {
      const files = mountsOf(workload).flatMap((mount) => fileAt(index, workload, mount));
      const broken = files.filter(isAbsent);
      const late = files.filter((one) => !isAbsent(one) && isAlone(one, files));
      return [
        ...broken.map((one) => mountFinding(index, workload, { ...one, isAlone: isAlone(one, broken) })),
        ...late.flatMap((one) => lateFinding(index, workload, one)),
      ];
    });
}

interface Mount {
  readonly container: string;
  readonly mountPath: string;
  readonly subPath: string;
  readonly field: string;
  readonly pointer: string;
  readonly volume: Json;
}

function mountsOf(workload: SnapshotObject): readonly Mount[] {
  const spec = podSpecOf(workload);
  const volumes = new Map(objectsAt(spec, "volumes").map((volume) => [textAt(volume, "name"), volume]));
  return containerPlaces(workload).flatMap(({ container, name, path, pointer }) =>
    objectsAt(container, "volumeMounts").flatMap((mount, place) => {
      const volume = volumes.get(textAt(mount, "name"));
      const [mountPath, subPath] = [textAt(mount, "mountPath") ?? "", textAt(mount, "subPath") ?? ""];
      if (volume === undefined || subPath === "") return [];
      const at = {
        field: `${path}.volumeMounts[${mountPath}].subPath`,
        pointer: `${pointer}/volumeMounts/${place}/subPath`,
      };
      return [{ ...at, container: name, mountPath, subPath, volume }];
    }),
  );
}

/** The files of a volume that one object fills. */
interface Files {
  readonly source: SnapshotObject;
  readonly names: readonly string[];
}

function filesOf(index: SnapshotIndex, workload: SnapshotObject, volume: Json): Files | undefined {
  const sources = { ConfigMap: textAt(volume, "configMap", "name"), Secret: textAt(volume, "secret", "secretName") };
  const [kind, name] = Object.entries(sources).find(([, one]) => one !== undefined) ?? [];
  const source = name && kind ? index.byName(kind, workload.metadata.namespace, name) : undefined;
  if (source === undefined) return undefined;
  const items = [...objectsAt(volume, "configMap", "items"), ...objectsAt(volume, "secret", "items")];
  const keys = Object.keys({ ...objectAt(source, "data"), ...objectAt(source, "binaryData") });
  return { source, names: items.length === 0 ? keys : items.map((item) => String(item["path"])) };
}

/** A mount of one file. */
interface MountedFile {
  readonly mount: Mount;
  readonly files: Files;
  readonly asked: string;
}

function fileAt(index: SnapshotIndex, workload: SnapshotObject, mount: Mount): readonly MountedFile[] {
  const files = filesOf(index, workload, mount.volume);
  return files === undefined ? [] : [{ mount, files, asked: mount.subPath.replace(/\/+$/, "") }];
}

function isAbsent({ files, asked }: MountedFile): boolean {
  return !files.names.some((name) => name === asked || name.startsWith(`${asked}/`));
}

function isAlone({ mount }: MountedFile, all: readonly MountedFile[]): boolean {
  return all.filter((other) => other.mount.container === mount.container).length === 1;
}

function mountFinding(
  index: SnapshotIndex,
  workload: SnapshotObject,
  { mount, files, asked, isAlone: alone }: MountedFile & { readonly isAlone: boolean },
): Draft {
  const { source, names } = files;
  const said = complaintOf(index, workload, { ...mount, isAlone: alone });
  const { field } = mount;
  const from = `${source.kind}/${source.metadata.name}`;
  return draft({
    analyzer: "sub-path",
    layer: said === undefined ? "apart" : "setting",
    severity: severityOf(index, workload, said !== undefined),
    subject: workload,
    causeKey: [mount.container, mount.mountPath],
    cause: `${field} of ${workload.kind}/${workload.metadata.name} is ${asked}, and ${from} has no such file (it has ${names.slice(0, 5).join(", ") || "none"}): ${mount.mountPath} is an empty directory`,
    symptom: `finds a directory at ${mount.mountPath}`,
    evidence: [
      fromTenant(workload, field, asked),
      fromTenant(source, "data", names.slice(0, 20).join(", ") || "(none)"),
      ...(said === undefined ? [] : [said]),
    ],
    change: lastEdit(workload, "spec.template"),
    fix: reachingPods(index, workload, mountFix(workload, mount, { source, names })),
  });
}

/** The file has come, and the pods keep the directory that was made in its place. */
function lateFinding(
  index: SnapshotIndex,
  workload: SnapshotObject,
  { mount, files, asked }: MountedFile,
): readonly Draft[] {
  const { source } = files;
  const write = lastWrite(source, "data", asked);
  const said = complaintOf(index, workload, { ...mount, isAlone: true });
  const older = index
    .podsOf(workload)
    .filter((pod) => isLive(pod) && !isReady(pod) && (pod.metadata.creationTimestamp ?? "9") < (write?.at ?? ""));
  if (write === undefined || said === undefined || older.length === 0 || !NO_FILE.test(said.value)) return [];
  const from = `${source.kind}/${source.metadata.name}`;
  const why = `its pods keep the directory at ${mount.mountPath} that stood for ${asked} before ${from} had that`;
  return [
    draft({
      analyzer: "sub-path",
      layer: "setting",
      severity: outageSeverity(index, workload),
      subject: workload,
      causeKey: [mount.container, mount.mountPath, "late"],
      cause: `${workload.kind}/${workload.metadata.name}: ${asked} of ${from} was written at ${write.at}, after its pods were made: they keep the empty directory at ${mount.mountPath} that was made in its place`,
      symptom: `finds a directory at ${mount.mountPath}`,
      evidence: [fromControlPlane(source, `metadata.managedFields[data.${asked}].time`, write.at), said],
      fix: reachingPods(index, workload, restartFix(workload, index.snapshot.now, why)),
    }),
  ];
}

function severityOf(index: SnapshotIndex, workload: SnapshotObject, complains: boolean) {
  if (!complains) return "warning";
  return outageSeverity(index, workload);
}

const NO_FILE = /\bis a directory\b|EISDIR|IsADirectory/i;

/** A line about the file, of a pod of the workload; one that names no file means the only one that is none. */
function complaintOf(
  index: SnapshotIndex,
  workload: SnapshotObject,
  { container, mountPath, isAlone: alone }: Mount & { readonly isAlone: boolean },
) {
  const logs = index.podsOf(workload).flatMap((pod) =>
    [true, false].flatMap((previous) => {
      const request = { namespace: pod.metadata.namespace ?? "", pod: pod.metadata.name, container, previous };
      const lines = index.logOf(request)?.text.split("\n") ?? [];
      return lines.map((line) => ({ pod, line, path: `log[${container}]${previous ? " previous" : ""}` }));
    }),
  );
  const said =
    logs.find(({ line }) => line.includes(mountPath)) ??
    logs.find(({ pod, line }) => alone && !isReady(pod) && NO_FILE.test(line) && !/\/[\w.-]+\//.test(line));
  return said && fromTenant(said.pod, said.path, clip(said.line.trim(), 500));
}

/** The file that has nearly the name; another one is a person's choice, be it the only one. */
function mountFix(
  workload: SnapshotObject,
  { subPath: from, pointer, mountPath }: Mount,
  { source, names }: Files,
): Fix {
  const near = nearestName(from, names);
  const where = `${source.kind}/${source.metadata.name}`;
  if (near === undefined || !sameNumbers(from, near) || workload.kind === "Pod")
    return decision(
      `add ${from} to ${where} and replace the pods, which keep the directory, or let the mount at ${mountPath} name a file that it has`,
    );
  return patchFix(workload, [{ path: pointer, from, to: near }], `mount ${near} of ${where} at ${mountPath}`);
}
