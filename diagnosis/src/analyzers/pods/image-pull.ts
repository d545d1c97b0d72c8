import { type Draft, fromControlPlane, fromTenant } from "../../findings/draft.ts";
import { eventMessage, latestEvent } from "../../snapshot/events.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { textAt } from "../../snapshot/json.ts";
import { containerSpec } from "../../snapshot/pod-state.ts";
import { listOf, statusOf } from "./container-field.ts";
import { containerFinding } from "./container-finding.ts";
import { type Trouble, troublesOf } from "./container-trouble.ts";
import { pullSecretFault } from "./pull-secret.ts";

/** Containers whose image does not come onto the node. */
export function imagePull(index: SnapshotIndex): readonly Draft[] {
  return troublesOf(index)
    .filter(({ className }) => className === "image")
    .map((trouble) => pullFinding(index, trouble));
}

function pullFinding(index: SnapshotIndex, trouble: Trouble): Draft {
  const { container, pod, state } = trouble;
  const reason = state.waiting?.reason ?? "";
  const image = textAt(containerSpec(pod, container), "image") ?? "";
  const message = messageOf(index, trouble);
  const secret = pullSecretFault(index, trouble);
  return containerFinding(index, trouble, {
    analyzer: "image-pull",
    causeKey: [image],
    shared: `image ${image}`,
    cause: `image ${image} of container ${container} cannot be pulled: ${whyOf(reason, message)}${secret ? `; ${secret.words}` : ""}`,
    symptom: `container ${container} ${reason}`,
    evidence: [
      fromControlPlane(pod, `${statusOf(trouble)}.state.waiting.reason`, reason),
      fromControlPlane(pod, `${statusOf(trouble)}.state.waiting.message`, message),
      fromTenant(pod, `spec.${listOf(state)}[${container}].image`, image),
      ...(secret ? [secret.evidence] : []),
    ],
    decide: decisionOf(container, message, secret?.decide),
  });
}

/** No registry that is not reached has asked for credentials. */
const UNREACHED = /no such host|server misbehaving|connection refused|i\/o timeout|no route to host/;

function decisionOf(container: string, message: string, secret: string | undefined): string {
  const image = `set the image of container ${container} to one that exists and that the node may pull`;
  if (secret === undefined) return image;
  return UNREACHED.test(message) ? `${image}; and ${secret}` : `${secret}; or ${image}`;
}

/** The kubelet's own words about the pull: during back-off the status may say less than the event. */
function messageOf(index: SnapshotIndex, { pod, state }: Trouble): string {
  const message = state.waiting?.message ?? "";
  if (WHYS.some(([pattern]) => pattern.test(message))) return message;
  const event = latestEvent(index, pod, { reason: "Failed", matching: /pull image|inspect/i });
  return event ? eventMessage(event) : message;
}

const WHYS: readonly (readonly [RegExp, string])[] = [
  [/no such host|server misbehaving/, "the name of its registry does not resolve"],
  [
    /unauthorized|authentication required|pull access denied|denied: |403 Forbidden/,
    "the registry refuses access (pull secret)",
  ],
  [/manifest unknown|not found|NotFound/, "the registry has no such name or tag"],
  [/x509|certificate/, "the certificate of the registry is not trusted"],
  [/connection refused|i\/o timeout|deadline exceeded|no route to host/, "the registry cannot be reached"],
  [/toomanyrequests|429/, "the registry limits the rate of pulls"],
  [/no space left/, "the node has no disk space left"],
];

function whyOf(reason: string, message: string): string {
  if (reason === "InvalidImageName") return `it is no valid image reference${invalidity(message)}`;
  if (reason === "ErrImageNeverPull") return "imagePullPolicy is Never and the node does not have it";
  return WHYS.find(([pattern]) => pattern.test(message))?.[1] ?? `${reason}, with no reason given`;
}

/** `repository name (Toolbox) must be lowercase`: what the parser found wrong. */
function invalidity(message: string): string {
  const [, what] = /invalid reference format(?:: (.+?))?["']?$/.exec(message) ?? [];
  return what === undefined ? " (invalid reference format)" : ` (${what})`;
}
