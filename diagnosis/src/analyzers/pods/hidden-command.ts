import { objectAt, objectsAt, textAt } from "../../snapshot/json.ts";
import { containerSpec } from "../../snapshot/pod-state.ts";
import type { Reason } from "../configuration/missing-reference.ts";
import { fieldOf } from "./container-field.ts";
import type { Trouble } from "./container-trouble.ts";

/** Where an image keeps its programs and the libraries they are linked with. */
const PROGRAMS = ["/bin", "/sbin", "/usr", "/usr/bin", "/usr/sbin", "/usr/local", "/usr/local/bin", "/lib", "/usr/lib"];

/** A volume that is mounted over the directory of the command: what the image has there is out of sight. */
export function hiddenCommand(trouble: Trouble, command: string): Reason | undefined {
  const spec = containerSpec(trouble.pod, trouble.container);
  const folders = command.startsWith("/") ? foldersAbove(command) : PROGRAMS;
  const mount = objectsAt(spec, "volumeMounts").find(
    (one) => one["subPath"] === undefined && folders.includes((textAt(one, "mountPath") ?? "").replace(/\/$/, "")),
  );
  const image = textAt(objectAt(spec), "image") ?? "";
  const mountPath = textAt(mount, "mountPath");
  const volume = textAt(mount, "name");
  if (mountPath === undefined || volume === undefined) return undefined;
  const path = fieldOf(trouble, `volumeMounts[${volume}].mountPath`);
  return {
    key: `hidden-command/${mountPath}`,
    words: `its command ${command} is not found: volume ${volume} is mounted over ${mountPath} (${path}) and hides what image ${image} has there`,
    decide: `mount volume ${volume} at a directory of its own, or single files by subPath, instead of over ${mountPath}`,
  };
}

function foldersAbove(path: string): readonly string[] {
  const steps = path.split("/").slice(1, -1);
  return steps.map((_, position) => `/${steps.slice(0, position + 1).join("/")}`);
}
