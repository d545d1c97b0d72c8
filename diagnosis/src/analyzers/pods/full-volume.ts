import { coveringMount } from "../../snapshot/covering-mount.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { textAt } from "../../snapshot/json.ts";
import { containerSpec } from "../../snapshot/pod-state.ts";
import type { Trouble } from "./container-trouble.ts";
import type { CrashHint } from "./crash-hint.ts";

/** The volume, or the file system, on which no space is left. */
export function fullVolume(_index: SnapshotIndex, { pod, container }: Trouble, said: string): CrashHint | undefined {
  if (!/no space left on device|ENOSPC|disk quota exceeded/i.test(said)) return undefined;
  const path = /(\/[\w./-]+)/.exec(said)?.[1];
  const volume = path && textAt(coveringMount(containerSpec(pod, container), path), "name");
  return {
    words: volume ? `volume ${volume} is full` : "its file system is full",
    decide: `grow or clean ${volume ? `volume ${volume}` : "what it writes to"}`,
  };
}
