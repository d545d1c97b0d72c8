import { SYSTEM_NAMESPACE } from "./identity.ts";
import type { Choices, Role } from "./workloads.ts";

/** Key of a role in the chart's values. */
const VALUES_KEYS: Readonly<Record<Role, string>> = {
  operator: "operator",
  agent: "agent",
  "mcp-read": "mcpRead",
  "mcp-act": "mcpAct",
};

/** Marks text that is a template expression in the chart; stands alone in its scalar. */
const expression = (text: string) => `@@${text}@@`;
/** Column at which the members of a container's field begin in the generated YAML. */
const CONTAINER_FIELD = 12;

/** What the chart leaves to its values. */
export const chartChoices: Choices = {
  image: `${expression(".Values.image.repository")}:${expression(".Values.image.tag | default .Chart.AppVersion")}`,
  imagePullPolicy: expression(".Values.image.pullPolicy"),
  replicas: (role) => expression(`.Values.${VALUES_KEYS[role]}.replicas`),
  annotations: (role) => ({
    // Pods read their settings once: other settings, other pods.
    "checksum/settings": expression(
      `include \`sre-agent.settings\` (dict \`root\` . \`role\` \`${VALUES_KEYS[role]}\`) | sha256sum`,
    ),
  }),
  resources: (role) => expression(`toYaml .Values.${VALUES_KEYS[role]}.resources | nindent ${CONTAINER_FIELD}`),
};

/** A manifest as a template: in the release's namespace, with expressions where `chartChoices` left marks. */
export function chartTemplate(manifest: string): string {
  if (manifest.includes("{{")) throw new Error("a manifest holds {{, which the chart would take for an expression");
  return manifest
    .replaceAll(SYSTEM_NAMESPACE, "{{ .Release.Namespace }}")
    .replaceAll(/"@@.*@@"/g, (quoted) => quoted.slice(1, -1))
    .replaceAll(/@@(.+?)@@/g, "{{ $1 }}");
}

/** `Chart.yaml`: chart and program have one version. */
export function chartMetadata(version: string): object {
  return {
    apiVersion: "v2",
    name: "sre-agent",
    description:
      "Names root causes in Kubernetes with evidence, and fixes them behind guards that do not trust the model.",
    type: "application",
    version,
    appVersion: version,
    kubeVersion: ">=1.30.0-0",
  };
}
