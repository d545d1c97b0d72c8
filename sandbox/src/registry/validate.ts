import { isDeepStrictEqual } from "node:util";
import type { Cause } from "../api-error.ts";
import { listOf, recordOf, recordsOf, valueAt } from "../json.ts";
import type { KubeObject } from "../object.ts";
import { labelSelectorMatches } from "../select/label-selector.ts";

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

const SUBDOMAIN_MESSAGE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

/** Kinds whose names may hold more than a DNS name does. */
const FREE_NAMES = new Set(["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"]);

export function nameCauses(object: KubeObject): readonly Cause[] {
  const { name } = object.metadata;
  if (name === "") {
    const message = "Required value: name or generateName is required";
    return [{ reason: "FieldValueRequired", message, field: "metadata.name" }];
  }
  if (FREE_NAMES.has(object.kind) || (name.length <= 253 && SUBDOMAIN.test(name))) return [];
  return [wrong("metadata.name", name, SUBDOMAIN_MESSAGE)];
}

/** The rules of built-in kinds that a patch can run into; `before` is absent on create. */
export function specCauses(object: KubeObject, before?: KubeObject): readonly Cause[] {
  if (object.kind === "Pod") return before ? podUpdateCauses(object, before) : containerCauses(object, ["spec"]);
  if (!["Deployment", "ReplicaSet", "StatefulSet"].includes(object.kind)) return [];
  return [
    ...replicasCauses(object),
    ...selectorCauses(object, before),
    ...containerCauses(object, ["spec", "template", "spec"]),
  ];
}

function replicasCauses(object: KubeObject): readonly Cause[] {
  const replicas = object.spec?.["replicas"];
  if (typeof replicas === "number" && replicas >= 0) return [];
  return [wrong("spec.replicas", replicas, "must be greater than or equal to 0")];
}

function selectorCauses(object: KubeObject, before?: KubeObject): readonly Cause[] {
  const selector = object.spec?.["selector"];
  if (selector === undefined)
    return [{ reason: "FieldValueRequired", message: "Required value", field: "spec.selector" }];
  if (before !== undefined && !isDeepStrictEqual(selector, before.spec?.["selector"])) {
    return [wrong("spec.selector", selector, "field is immutable")];
  }
  const labels = recordOf(valueAt(object, ["spec", "template", "metadata", "labels"]));
  if (labelSelectorMatches(selector, labels as Record<string, string>)) return [];
  return [wrong("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")];
}

function containerCauses(object: KubeObject, path: readonly string[]): readonly Cause[] {
  const field = [...path, "containers"];
  const containers = recordsOf(valueAt(object, field));
  if (containers.length === 0) {
    return [{ reason: "FieldValueRequired", message: "Required value", field: field.join(".") }];
  }
  return containers.flatMap((container, at) =>
    ["name", "image"]
      .filter((name) => container[name] === undefined || container[name] === "")
      .map((name) => ({
        reason: "FieldValueRequired",
        message: "Required value",
        field: `${field.join(".")}[${at}].${name}`,
      })),
  );
}

const POD_MUTABLE =
  "Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

function podUpdateCauses(object: KubeObject, before: KubeObject): readonly Cause[] {
  if (isDeepStrictEqual(immutablePodSpec(object), immutablePodSpec(before))) return [];
  return [{ reason: "FieldValueForbidden", message: POD_MUTABLE, field: "spec" }];
}

function immutablePodSpec(pod: KubeObject): unknown {
  const { tolerations: _, activeDeadlineSeconds: __, ...spec } = recordOf(pod.spec);
  const images = (value: unknown) => listOf(value).map((container) => ({ ...recordOf(container), image: "" }));
  return { ...spec, containers: images(spec["containers"]), initContainers: images(spec["initContainers"]) };
}

function wrong(field: string, value: unknown, message: string): Cause {
  return { reason: "FieldValueInvalid", message: `Invalid value: ${JSON.stringify(value)}: ${message}`, field };
}
