import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectAt, objectsAt, textAt } from "../../snapshot/json.ts";
import { containerSpec } from "../../snapshot/pod-state.ts";
import { podSpecOf, podSpecPath } from "../../snapshot/pod-template.ts";
import type { Reason } from "../configuration/missing-reference.ts";
import { fieldOf } from "./container-field.ts";
import type { Trouble } from "./container-trouble.ts";

/** What the kubelet or the runtime cannot make of a field of the pod: its message names a value, and this the field. */
export function refusedField(index: SnapshotIndex, trouble: Trouble, message: string): Reason | undefined {
  return (
    runtimeHandler(trouble, message) ??
    seccompProfile(trouble, message) ??
    subPathVariable(trouble, message) ??
    nonNumericUser(trouble, message) ??
    sandboxNetwork(index, trouble, message)
  );
}

function runtimeHandler({ pod, workload }: Trouble, message: string): Reason | undefined {
  const [, handler] =
    /no runtime for "([^"]+)" is configured|runtime handler "?([\w.-]+)"? not supported/.exec(message) ?? [];
  const name = textAt(podSpecOf(pod), "runtimeClassName");
  if (!/no runtime for|runtime handler/.test(message) || name === undefined) return undefined;
  const path = `${podSpecPath(workload)}.runtimeClassName`;
  const node = textAt(pod, "spec", "nodeName") ?? "";
  return {
    key: `runtime/${name}`,
    words: `${path} is ${name}, and the container runtime of node ${node} has no handler ${handler ?? "of it"}`,
    decide: `configure handler ${handler ?? ""} in the runtime of the nodes (RuntimeClass ${name} may say by scheduling.nodeSelector which), or take ${path} out`,
  };
}

function seccompProfile(trouble: Trouble, message: string): Reason | undefined {
  const { pod, container, workload } = trouble;
  if (!/cannot load seccomp profile|seccomp.*no such file/.test(message)) return undefined;
  const own = textAt(containerSpec(pod, container), "securityContext", "seccompProfile", "localhostProfile");
  const profile = own ?? textAt(podSpecOf(pod), "securityContext", "seccompProfile", "localhostProfile");
  if (profile === undefined) return undefined;
  const at = own === undefined ? `${podSpecPath(workload)}.securityContext` : fieldOf(trouble, "securityContext");
  const node = textAt(pod, "spec", "nodeName") ?? "";
  return {
    key: `seccomp/${profile}`,
    words: `${at}.seccompProfile.localhostProfile is ${profile}, and node ${node} has no such file in its kubelet's seccomp directory`,
    decide: `put profile ${profile} on every node that may run it, correct ${at}.seccompProfile.localhostProfile, or use type RuntimeDefault`,
  };
}

function subPathVariable(trouble: Trouble, message: string): Reason | undefined {
  const [, variable] = /missing value for (\w+)/.exec(message) ?? [];
  const spec = containerSpec(trouble.pod, trouble.container);
  const mount = objectsAt(spec, "volumeMounts").find((one) =>
    textAt(one, "subPathExpr")?.includes(`$(${variable ?? ""})`),
  );
  if (variable === undefined || mount === undefined) return undefined;
  const field = fieldOf(trouble, `volumeMounts[${textAt(mount, "mountPath")}].subPathExpr`);
  return {
    key: `sub-path-expr/${variable}`,
    words: `${field} uses $(${variable}), and no env of container ${trouble.container} sets it`,
    decide: `set env ${variable} of container ${trouble.container}, or correct ${field}`,
  };
}

/** The kubelet knows the numbers of users alone. */
function nonNumericUser(trouble: Trouble, message: string): Reason | undefined {
  const [, user] = /image has non-numeric user \(([^)]+)\)/.exec(message) ?? [];
  if (user === undefined) return undefined;
  const own = objectAt(containerSpec(trouble.pod, trouble.container), "securityContext");
  const at =
    own["runAsNonRoot"] === undefined
      ? `${podSpecPath(trouble.workload)}.securityContext`
      : fieldOf(trouble, "securityContext");
  return {
    key: `user/${user}`,
    words: `${at}.runAsNonRoot is true, and its image runs as user "${user}", a name of which the kubelet cannot tell that it is not root`,
    decide: `set ${at}.runAsUser to the number that user ${user} has in the image`,
  };
}

function sandboxNetwork(_index: SnapshotIndex, { pod }: Trouble, message: string): Reason | undefined {
  if (!/failed to setup network for sandbox|plugin type=/.test(message)) return undefined;
  const node = textAt(pod, "spec", "nodeName") ?? "";
  const [, why = ""] = /failed \(\w+\): (.*)$/s.exec(message) ?? [];
  return {
    key: "sandbox-network",
    words: `the network plugin of node ${node} gives its pod no network${why === "" ? "" : `: ${why.slice(0, 200)}`}`,
    decide: `repair the network plugin (CNI) of node ${node}`,
  };
}
