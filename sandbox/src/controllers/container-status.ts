import { timestamp } from "../clock.ts";
import type { JsonRecord } from "../json.ts";
import type { Run } from "./container-run.ts";
import type { ContainerTrack } from "./container-track.ts";

/** A container's entry in `status.containerStatuses`. */
export function containerStatus(track: ContainerTrack, podName: string): JsonRecord {
  const id = track.run?.id ?? track.last?.id;
  return {
    ...(id === undefined ? {} : { containerID: `containerd://${id}` }),
    image: track.image,
    imageID: id === undefined ? "" : `sandbox@${track.image}`,
    lastState: track.last?.end === undefined ? {} : { terminated: terminated(track.last) },
    name: track.name,
    ready: track.ready,
    restartCount: track.restarts,
    started: track.phase === "running",
    state: state(track, podName),
  };
}

function state(track: ContainerTrack, podName: string): JsonRecord {
  const { phase, run } = track;
  if (run !== undefined && phase === "running") return { running: { startedAt: timestamp(run.startedAtMs) } };
  if (run !== undefined && (phase === "terminated" || phase === "done")) return { terminated: terminated(run) };
  return { waiting: waiting(track, podName) };
}

function waiting({ phase, name, image, message = "", restarts }: ContainerTrack, podName: string): JsonRecord {
  switch (phase) {
    case "pullError":
      return { message, reason: "ErrImagePull" };
    case "pullBackOff":
      return { message: `Back-off pulling image "${image}": ErrImagePull: ${message}`, reason: "ImagePullBackOff" };
    case "configError":
      return { message, reason: "CreateContainerConfigError" };
    case "crashBackOff": {
      const text = `back-off ${realBackOff(restarts)} restarting failed container=${name} pod=${podName}`;
      return { message: text, reason: "CrashLoopBackOff" };
    }
    default:
      return { reason: "ContainerCreating" };
  }
}

function terminated(run: Run): JsonRecord {
  return {
    containerID: `containerd://${run.id}`,
    exitCode: run.end?.exitCode,
    finishedAt: timestamp(run.end?.atMs ?? run.startedAtMs),
    reason: run.end?.reason,
    startedAt: timestamp(run.startedAtMs),
  };
}

/** What a real node would say: 10 s, doubled with each restart up to 5 minutes. */
function realBackOff(restarts: number): string {
  const seconds = Math.min(300, 10 * 2 ** (restarts - 1));
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
