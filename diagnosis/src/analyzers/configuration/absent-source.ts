import type { Fix } from "@sre-agent/crds";
import { patchFix } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectAt } from "../../snapshot/json.ts";
import type { FileSource } from "../../snapshot/mounted-files.ts";
import { nearestName, sameNumbers } from "../../snapshot/nearest-name.ts";
import { podSpecPath, podSpecPointer } from "../../snapshot/pod-template.ts";
import { pathInVolume } from "./configured-file.ts";
import type { FileFault, Wanted } from "./wanted-file.ts";

/** `optional` lets the pod start without the object whose file the program then misses. */
export function absentSource(index: SnapshotIndex, wanted: Wanted): FileFault | undefined {
  const { trouble, files } = wanted;
  const present = files.sources.some((source) => source.files.some(({ path }) => path === pathInVolume(wanted)));
  const absent = files.sources.find(({ exists, optional, kind }) => !exists && optional && index.knows(kind));
  if (absent === undefined || present) return undefined;
  const { kind, name } = absent;
  const { workload } = trouble;
  const near = meantBy(index, wanted, absent);
  return {
    key: "optional",
    words: `${podSpecPath(workload)}.${absent.path} takes ${kind} ${name}, which does not exist and is optional, so that the pod starts without its files${near === undefined ? "" : `; ${kind} ${near} does exist`}`,
    decide: `create ${kind} ${name}, or correct the reference to it${near === undefined ? "" : ` (${near}?)`}`,
    fix: near === undefined ? undefined : namePatch(wanted, absent, near),
  };
}

/** Of the objects that have the file that is missed the nearest by name. */
function meantBy(
  index: SnapshotIndex,
  { file, trouble }: Wanted,
  { kind, name, picks }: FileSource,
): string | undefined {
  const base = file.slice(file.lastIndexOf("/") + 1);
  const others = index.inNamespace(kind, trouble.workload.metadata.namespace ?? "");
  const fitting = others.filter((one) => picks || base in { ...objectAt(one, "data"), ...objectAt(one, "binaryData") });
  return nearestName(
    name,
    fitting.map(({ metadata }) => metadata.name),
  );
}

function namePatch({ trouble }: Wanted, { kind, name, nameField }: FileSource, near: string): Fix | undefined {
  const { workload } = trouble;
  if (workload.kind === "Pod" || !sameNumbers(name, near)) return undefined;
  const edit = { path: `${podSpecPointer(workload)}${nameField}`, from: name, to: near };
  return patchFix(workload, [edit], `read ${kind} ${near} instead of ${name}`);
}
