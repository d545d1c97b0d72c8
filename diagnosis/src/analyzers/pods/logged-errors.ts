import { clip, type Draft, draft, fromControlPlane, fromTenant } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import { type RepeatedError, repeatedError } from "../../log/repeated-error.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { containerStates, isLive, isReady } from "../../snapshot/pod-state.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { isRefusedLogin } from "../configuration/refused-client.ts";
import { failingCallers } from "../network/servers.ts";

/** Fewer than one line in ten is what a busy program says on a good day. */
const GRAVE_SHARE = 0.1;

/** Workloads that are well by all that the API knows, and whose programs keep saying that something fails. */
export function loggedErrors(index: SnapshotIndex): readonly Draft[] {
  const heard = index
    .ofKind("Pod")
    .filter((pod) => isLive(pod) && isReady(pod))
    .flatMap((pod) => heardOf(index, pod));
  const groups = Map.groupBy(heard, ({ workload, container }) => `${workload.metadata.uid}/${container}`);
  return [...groups.values()].flatMap(([first]) => (first ? [errorFinding(index, first)] : []));
}

interface Heard {
  readonly workload: SnapshotObject;
  readonly pod: SnapshotObject;
  readonly container: string;
  readonly error: RepeatedError;
}

function heardOf(index: SnapshotIndex, pod: SnapshotObject): readonly Heard[] {
  const { namespace = "", name } = pod.metadata;
  return containerStates(pod)
    .filter(({ running, init }) => running && !init)
    .flatMap(({ name: container }) => {
      const log = index.logOf({ namespace, pod: name, container, previous: false });
      const error = log && repeatedError(log.text);
      return error ? [{ workload: index.rootOf(pod), pod, container, error }] : [];
    });
}

/** The last of all layers: whatever else is wrong with the workload is why it says so. */
function errorFinding(index: SnapshotIndex, { workload, pod, container, error }: Heard): Draft {
  const { line, template, count, of } = error;
  return draft({
    analyzer: "logged-errors",
    layer: "words",
    severity: count >= of * GRAVE_SHARE ? "warning" : "info",
    subject: workload,
    causeKey: [container, template],
    cause: `container ${container} is ready and keeps saying that something fails: "${clip(line, 300)}"`,
    symptom: `container ${container} keeps logging errors`,
    // A server that refuses somebody does what it should: the one who is refused has the wrong credentials.
    restsOn: isRefusedLogin(line) ? failingCallers(index, workload) : [],
    evidence: [
      fromTenant(pod, `log[${container}]`, line),
      fromTenant(pod, `log[${container}] lines like it`, `${count} of the last ${of}`),
      fromControlPlane(pod, "status.conditions[Ready].status", "True"),
    ],
    fix: decision(
      `look for what it names: no object that was read explains it, and what was not read (other namespaces, the outside) may`,
    ),
  });
}
