import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectAt, textAt } from "../../snapshot/json.ts";
import { commandOf, containerSpec } from "../../snapshot/pod-state.ts";
import { filesNamed } from "../configuration/configured-file.ts";
import type { Trouble } from "./container-trouble.ts";
import type { CrashHint } from "./crash-hint.ts";

/** What the kernel cannot execute: a script of a ConfigMap by its first line, else an image of another architecture. */
export function execFormat(index: SnapshotIndex, trouble: Trouble, said: string): CrashHint | undefined {
  if (/exec format error/i.test(said)) return mountedScript(index, trouble) ?? foreignImage(index, trouble);
  return /^exec \/\S+: no such file or directory$/.test(said.trim()) ? mountedScript(index, trouble) : undefined;
}

/** The script is there, so that what is absent is the program that its first line names. */
function mountedScript(index: SnapshotIndex, trouble: Trouble): CrashHint | undefined {
  const [found] = filesNamed(index, trouble, programOf(trouble));
  if (found === undefined) return undefined;
  const { file, path, source } = found;
  const named = `${path} of ${source.kind} ${source.name}`;
  const object = index.byName(source.kind, trouble.pod.metadata.namespace, source.name);
  const first = textAt(object, "data", path)?.split("\n", 1)[0] ?? "";
  const windows = first.endsWith("\r");
  return {
    words: `${file.file} is the script ${named}, and its first line ${windows ? "ends with a carriage return, which becomes part of the program's name" : "is no #! line with a program that the image has"}`,
    decide: windows
      ? `write ${named} with line breaks of Unix (LF) instead of Windows (CRLF)`
      : `begin ${named} with #! and a shell of the image (#!/bin/sh), or let the command of container ${trouble.container} be the shell with the script as its argument`,
  };
}

function programOf({ pod, container }: Trouble): string {
  return commandOf(containerSpec(pod, container))[0] ?? "";
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
