import type { KubeObject } from "@sre-agent/kube";
import { type Pseudonym, redactObject } from "@sre-agent/redaction";
import { compactYaml } from "../reply/compact-yaml.ts";
import { evidenceOf } from "../reply/evidence.ts";
import { allowedKind } from "./allowed-kind.ts";
import type { ReadDependencies } from "./diagnose.ts";
import { getOrNear } from "./existence.ts";
import type { ToolHandler } from "./tool.ts";

interface GetInput {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly fields?: readonly string[] | undefined;
}

export interface ResourceGetDependencies extends ReadDependencies {
  readonly pseudonym: Pseudonym;
}

/** Metadata that says something; uid and owners are how objects are told apart and linked. */
const METADATA = [
  "name",
  "namespace",
  "uid",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "labels",
  "annotations",
  "ownerReferences",
  "finalizers",
];

export function createResourceGet(dependencies: ResourceGetDependencies): ToolHandler<GetInput> {
  const { reader, namespace: usual, pseudonym } = dependencies;
  return async (input, context) => {
    const allowed = await allowedKind(input, { reader, context, usual });
    if ("code" in allowed) return { ok: false, denial: allowed };
    const { ref, place } = allowed;
    const object = await getOrNear(reader, { ...ref, ...place, name: input.name }, context.signal);
    if ("code" in object) return { ok: false, denial: object };
    const shown = projected(redactObject({ ...object, ...ref }, { pseudonym }) as KubeObject, input.fields);
    const evidence = evidenceOf(compactYaml(shown));
    const id = `${ref.kind}/${input.name}${place.namespace === undefined ? "" : ` in ${place.namespace}`}`;
    return { ok: true, text: `[${evidence.id}] ${id}\n${evidence.text}`, evidence: [evidence] };
  };
}

/** The named fields; or all, status before spec since it says how things are. */
function projected(object: KubeObject, fields: readonly string[] | undefined): object {
  if (fields !== undefined)
    return Object.fromEntries(fields.map((path) => [path, valueAt(object, path) ?? "(absent)"]));
  const { apiVersion, kind, metadata, ...rest } = object as KubeObject & Record<string, unknown>;
  const { status, spec, ...others } = rest;
  const kept = Object.fromEntries(Object.entries(metadata).filter(([name]) => METADATA.includes(name)));
  return {
    apiVersion,
    kind,
    metadata: kept,
    ...(status === undefined ? {} : { status }),
    ...(spec === undefined ? {} : { spec }),
    ...others,
  };
}

/** `spec.template.spec.containers[0].image`, also with a container's name in the brackets. */
function valueAt(object: unknown, path: string): unknown {
  const steps = path.split(/[.[\]]+/).filter((step) => step !== "");
  return steps.reduce<unknown>((value, step) => {
    if (Array.isArray(value))
      return value[Number(step)] ?? value.find((item) => item?.name === step || item?.type === step);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[step] : undefined;
  }, object);
}
