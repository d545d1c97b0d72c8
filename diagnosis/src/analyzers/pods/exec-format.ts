import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectAt, textAt, valueAt } from "../../snapshot/json.ts";
import { containerSpec } from "../../snapshot/pod-state.ts";
import { configuredIn, pathInVolume } from "../configuration/wanted-file.ts";
import type { Trouble } from "./container-trouble.ts";
import type { CrashHint } from "./crash-hint.ts";

/** What the kernel cannot execute: a script of a ConfigMap that names no interpreter, else an image of another architecture. */
export function execFormat(index: SnapshotIndex, trouble: Trouble, said: string): CrashHint | undefined {
  if (!/exec format error/i.test(said)) return undefined;
  return mountedScript(index, trouble) ?? foreignImage(index, trouble);
}

function mountedScript(index: SnapshotIndex, trouble: Trouble): CrashHint | undefined {
  const [file] = configuredIn(index, trouble, programOf(trouble));
  const path = file && pathInVolume(file);
  const source = file?.files.sources.find((one) => one.files.some((each) => each.path === path));
  if (file === undefined || path === undefined || source === undefined) return undefined;
  const named = `${source.kind} ${source.name}`;
  return {
    words: `${file.file} is the script ${path} of ${named}, and its first line is no #! line with a program that the image has`,
    decide: `begin ${path} of ${named} with #!/bin/sh, or let the command of container ${trouble.container} be sh with the script as its argument`,
  };
}

function programOf({ pod, container }: Trouble): string {
  const spec = containerSpec(pod, container);
  const [program] = [valueAt(spec, "command"), valueAt(spec, "args")].flatMap((list) =>
    Array.isArray(list) ? list : [],
  );
  return typeof program === "string" ? program : "";
}

function foreignImage(index: SnapshotIndex, { pod, container }: Trouble): CrashHint {
  const node = index.byName("Node", undefined, textAt(pod, "spec", "nodeName") ?? "");
  const arch = textAt(node, "status", "nodeInfo", "architecture");
  const image = textAt(objectAt(containerSpec(pod, container)), "image") ?? "";
  return {
    words: `image ${image} is not built for the node's architecture${arch ? ` (${arch})` : ""}`,
    decide: "use an image built for it, or select nodes of the image's architecture",
  };
}
