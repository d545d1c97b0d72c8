import type { KubeObject } from "@sre-agent/kube";
import { type Pseudonym, redactObject } from "@sre-agent/redaction";
import { compactYaml } from "../reply/compact-yaml.ts";
import { evidenceOf } from "../reply/evidence.ts";
import type { ReadDependencies } from "./diagnose.ts";
import { namespaceOf } from "./namespace.ts";
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

export function createResourceGet({
  reader,
  namespace: usual,
  pseudonym,
}: ResourceGetDependencies): ToolHandler<GetInput> {
  return async (input, context) => {
    const type = await reader.resolve(input.kind, { signal: context.signal });
    const namespace = type.namespaced ? namespaceOf(input.namespace, context, usual) : undefined;
    if (typeof namespace === "object") return { ok: false, denial: namespace };
    const place = namespace === undefined ? {} : { namespace };
    const kind = { apiVersion: type.apiVersion, kind: type.kind };
    const forbidden = await context.mayRead({ kind, ...place });
    if (forbidden !== null) return { ok: false, denial: forbidden };
    const object = await reader.get({ ...kind, ...place, name: input.name }, { signal: context.signal });
    const shown = projected(redactObject({ ...object, ...kind }, { pseudonym }) as KubeObject, input.fields);
    const evidence = evidenceOf(compactYaml(shown));
    const id = `${type.kind}/${input.name}${namespace === undefined ? "" : ` in ${namespace}`}`;
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
