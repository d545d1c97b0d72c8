import type { Fix } from "@sre-agent/crds";
import { clip, type Draft, fromTenant } from "../../findings/draft.ts";
import { patchFix } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { numberAt, objectAt } from "../../snapshot/json.ts";
import type { VolumeFiles } from "../../snapshot/mounted-files.ts";
import { nearestName } from "../../snapshot/nearest-name.ts";
import { containerSpec } from "../../snapshot/pod-state.ts";
import { podSpecOf, podSpecPath, podSpecPointer } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { hasWord } from "../../snapshot/whole-word.ts";
import { containerFinding } from "../pods/container-finding.ts";
import { type Trouble, troublesOf } from "../pods/container-trouble.ts";
import { lastLinesOf, type Words } from "../pods/last-words.ts";
import { toldAt } from "../pods/told-path.ts";
import { absentSource } from "./absent-source.ts";
import { type ConfiguredFile, configuredIn, pathInVolume } from "./configured-file.ts";

/** A file that a program asks for, below a mount of one of its ConfigMap or Secret volumes. */
export interface Wanted extends ConfiguredFile {
  readonly said: Words;
}

/** Why the file is not there, or cannot be read. */
export interface FileFault {
  readonly key: string;
  readonly words: string;
  readonly decide: string;
  readonly fix?: Fix | undefined;
}

type Check = (index: SnapshotIndex, wanted: Wanted) => FileFault | undefined;

const CHECKS: readonly Check[] = [unreadable, absentSource, otherFiles];

/** Containers that end because a file of their configuration is not where they look, or is not theirs to read. */
export function wantedFile(index: SnapshotIndex): readonly Draft[] {
  return troublesOf(index)
    .filter(({ className }) => className === "crash")
    .flatMap((trouble) => {
      const faults = wantedBy(index, trouble).flatMap((wanted) =>
        CHECKS.flatMap((check) => check(index, wanted) ?? []).map((fault) => ({ wanted, fault })),
      );
      return faults.slice(0, 1).map(({ wanted, fault }) => fileFinding(index, wanted, fault));
    });
}

const COMPLAINT =
  /no such file|not found|cannot open|can.t open|does not exist|ENOENT|missing|is a directory|EISDIR|permission denied|EACCES/i;
const DENIED = /permission denied|EACCES/i;
function wantedBy(index: SnapshotIndex, trouble: Trouble): readonly Wanted[] {
  const complaints = lastLinesOf(index, trouble).filter(({ value }) => COMPLAINT.test(value));
  return complaints.flatMap((said) => configuredIn(index, trouble, said.value).map((file) => ({ ...file, said })));
}

function filesOf({ files }: Wanted): readonly string[] {
  return files.sources.flatMap((source) => source.files.map(({ path }) => path));
}

const OTHERS_READ = 0o004;

/** The file is there with a mode that its user cannot read: files of volumes belong to root, or to the fsGroup. */
function unreadable(_index: SnapshotIndex, wanted: Wanted): FileFault | undefined {
  const { trouble, files, said } = wanted;
  const pod = objectAt(podSpecOf(trouble.workload), "securityContext");
  const own = objectAt(containerSpec(trouble.pod, trouble.container), "securityContext");
  const user = numberAt(own, "runAsUser") ?? numberAt(pod, "runAsUser");
  const path = pathInVolume(wanted);
  const source = files.sources.find((one) => one.files.some((file) => file.path === path));
  const mode = source?.files.find((file) => file.path === path)?.mode ?? OTHERS_READ;
  if (!DENIED.test(said.value) || source === undefined || (mode & OTHERS_READ) !== 0) return undefined;
  if (user === undefined || user === 0 || numberAt(pod, "fsGroup") !== undefined) return undefined;
  const octal = `0${mode.toString(8)}`;
  const group = numberAt(own, "runAsGroup") ?? numberAt(pod, "runAsGroup") ?? user;
  return {
    key: "mode",
    words: `${podSpecPath(trouble.workload)}.${source.path} gives the file mode ${octal}, readable for root alone, while the container runs as user ${user} without an fsGroup`,
    decide: `set securityContext.fsGroup of the pod (${group}), or a mode that user ${user} can read`,
    fix: "runAsUser" in pod && trouble.workload.kind !== "Pod" ? groupPatch(trouble, group) : undefined,
  };
}

function groupPatch({ workload }: Trouble, group: number): Fix {
  const path = `${podSpecPointer(workload)}/securityContext/fsGroup`;
  return patchFix(workload, [{ path, to: group }], `let group ${group} read the files of its volumes (fsGroup)`);
}

/** All of the volume was read, and the file is not in it. */
function otherFiles(_index: SnapshotIndex, wanted: Wanted): FileFault | undefined {
  const { files, volume, mountPath, subPath, trouble } = wanted;
  const path = pathInVolume(wanted);
  const has = filesOf(wanted);
  if (subPath !== undefined || !files.known || path === "" || has.some((one) => `${one}/`.startsWith(`${path}/`)))
    return undefined;
  const near = nearestName(path, has);
  return {
    key: "files",
    words: `volume ${volume}, mounted at ${mountPath}, has no file ${path}: ${podSpecPath(trouble.workload)}.${sourcesText(wanted)}`,
    decide: agreement(wanted, { path, near }),
  };
}

/** Either side can follow: the object that the volume takes its files from, or who asks. */
function agreement(
  wanted: Wanted,
  { path, near }: { readonly path: string; readonly near: string | undefined },
): string {
  const { trouble, file, mountPath, volume, files } = wanted;
  const [only, ...others] = files.sources;
  const place = toldAt(trouble, file);
  const add =
    only !== undefined && others.length === 0
      ? `add ${path} to ${only.kind} ${only.name}`
      : `add ${path} to volume ${volume}`;
  if (near !== undefined) return `let ${place ?? "the program"} ask for ${mountPath}/${near}, or ${add}`;
  return `${add}${scaledBack(trouble, path)}, or correct what ${place ?? "the program"} asks for`;
}

/** A member whose number the file has, where those before it are well: it may be one member too many. */
function scaledBack({ workload, pod }: Trouble, path: string): string {
  const [, ordinal] = /-(\d+)$/.exec(pod.metadata.name) ?? [];
  const own = ordinal !== undefined && hasWord(path, ordinal, /\d/);
  return workload.kind === "StatefulSet" && own && Number(ordinal) > 0 ? `, or scale back to ${ordinal} replicas` : "";
}

function sourcesText(wanted: Wanted): string {
  return wanted.files.sources
    .map(({ path, kind, name, files, exists }) => {
      const has = files.map((file) => file.path);
      return `${path} gives ${clip(has.join(", ") || "nothing", 100)} of ${kind} ${name}${exists ? "" : ", which does not exist"}`;
    })
    .join("; ");
}

/** The objects that the volume takes its files from. */
function sourceEvidence(workload: SnapshotObject, { sources }: VolumeFiles, volume: string) {
  const spec = podSpecPath(workload);
  const named = sources.map(({ path, kind, name, optional, exists }) =>
    fromTenant(
      workload,
      `${spec}.${path}`,
      `${kind} ${name}${exists ? "" : " (absent)"}${optional ? ", optional" : ""}`,
    ),
  );
  return named.length > 0 ? named.slice(0, 5) : [fromTenant(workload, `${spec}.volumes[${volume}]`, volume)];
}

function fileFinding(index: SnapshotIndex, { trouble, said, file, volume, files }: Wanted, fault: FileFault): Draft {
  const { container, state, workload } = trouble;
  return containerFinding(index, trouble, {
    analyzer: "wanted-file",
    layer: "setting",
    causeKey: [volume, fault.key],
    cause: `${state.init ? "init container" : "container"} ${container} ends for ${file} ("${clip(said.value, 200)}"): ${fault.words}`,
    symptom: `container ${container} does not get ${file}`,
    evidence: [said.evidence, ...sourceEvidence(workload, files, volume)],
    decide: fault.decide,
    fix: fault.fix,
  });
}
