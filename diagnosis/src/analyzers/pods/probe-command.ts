import { clip, type Draft, fromControlPlane } from "../../findings/draft.ts";
import { eventMessage, eventTime } from "../../snapshot/events.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { textAt, valueAt } from "../../snapshot/json.ts";
import { containerSpec, containerStates, isLive } from "../../snapshot/pod-state.ts";
import { isRecent } from "../../snapshot/recency.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { fieldOf } from "./container-field.ts";
import { containerFinding } from "./container-finding.ts";
import type { Trouble } from "./container-trouble.ts";

const ERRORED =
  /^(Readiness|Liveness|Startup) probe errored.*exec: "([^"]+)":.*(?:not found|no such file|permission denied)/s;

/**
 * Exec probes whose command cannot be run. The kubelet throws such a result away: a container never gets ready by it, and
 * one with such a liveness probe runs on unwatched.
 */
export function probeCommand(index: SnapshotIndex): readonly Draft[] {
  const errored = index
    .ofKind("Pod")
    .filter(isLive)
    .flatMap((pod) => erroredIn(index, pod));
  const groups = Map.groupBy(errored, ({ trouble, probe }) => {
    const { kind, metadata } = trouble.workload;
    return [metadata.namespace, kind, metadata.name, trouble.container, probe].join("/");
  });
  return [...groups.values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [probeFinding(index, first, [first, ...others])],
  );
}

interface Errored {
  readonly trouble: Trouble;
  readonly probe: string;
  readonly command: string;
  readonly said: string;
}

function erroredIn(index: SnapshotIndex, pod: SnapshotObject): readonly Errored[] {
  const recent = index.eventsOf(pod).filter((event) => isRecent(index, eventTime(event), "probe"));
  return containerStates(pod)
    .filter(({ running }) => running)
    .flatMap((state) => {
      const own = recent.filter((event) => textAt(event, "involvedObject", "fieldPath")?.endsWith(`{${state.name}}`));
      const trouble: Trouble = {
        ...{ workload: index.rootOf(pod), className: "crash", container: state.name, pod, state, pods: [pod] },
      };
      return own.flatMap((event) => erroredBy(trouble, eventMessage(event))).slice(0, 1);
    });
}

/** The command is the one that the probe has now. */
function erroredBy(trouble: Trouble, said: string): readonly Errored[] {
  const [, kind = "", command = ""] = ERRORED.exec(said) ?? [];
  const probe = `${kind.toLowerCase()}Probe`;
  const asked = valueAt(containerSpec(trouble.pod, trouble.container), probe, "exec", "command");
  return Array.isArray(asked) && asked[0] === command ? [{ trouble, probe, command, said }] : [];
}

function probeFinding(index: SnapshotIndex, first: Errored, all: readonly Errored[]): Draft {
  const { trouble, probe, command, said } = first;
  const { container, pod, state } = trouble;
  const field = fieldOf(trouble, `${probe}.exec.command`);
  const effect = state.ready
    ? "the kubelet throws the result away, so that nothing watches the container"
    : "the container cannot get ready";
  const pods = all.map((one) => one.trouble.pod);
  return containerFinding(
    index,
    { ...trouble, pods },
    {
      analyzer: "probe-command",
      severity: state.ready ? "warning" : undefined,
      causeKey: [probe],
      cause: `${field} asks for ${clip(command, 100)}, which the image does not have or may not run: ${effect}`,
      symptom: `${probe} of container ${container} cannot be run`,
      evidence: [fromControlPlane(pod, "event Unhealthy", clip(said, 500))],
      decide: /\s/.test(command)
        ? `split ${field}: the program, and each argument as an element of its own`
        : `correct ${field}, or use an image that has ${clip(command, 100)}`,
    },
  );
}
