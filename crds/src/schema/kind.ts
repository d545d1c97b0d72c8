import { z } from "zod";
import { API_VERSION, GROUP, VERSION } from "../group.ts";
import { type StructuralSchema, structuralSchema } from "./structural.ts";

/** A CEL rule: `x-kubernetes-validations`. */
export interface Rule {
  readonly rule: string;
  readonly message: string;
  readonly fieldPath?: string;
}

/** A column of `kubectl get`; priority 1 shows with `-o wide`. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: "string" | "integer" | "boolean" | "date";
  readonly jsonPath: string;
  readonly description?: string;
  readonly priority?: number;
}

export interface KindDefinition<Spec extends z.ZodType = z.ZodType, Status extends z.ZodType = z.ZodType> {
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  /** Whether `kubectl get sre` lists it; absent: yes. */
  readonly inCategory?: boolean;
  readonly scope: "Namespaced" | "Cluster";
  readonly description: string;
  readonly spec: Spec;
  readonly status?: Status;
  readonly columns: readonly PrinterColumn[];
  /** Rules over the whole object. */
  readonly rules?: readonly Rule[];
}

/** Rules over one field, for `.meta()`. */
export const validations = (...rules: readonly Rule[]) => ({ "x-kubernetes-validations": rules });

export const IMMUTABLE: Rule = { rule: "self == oldSelf", message: "is immutable: create a new object instead" };

/** The age column, last in every table. */
export const AGE: PrinterColumn = { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" };

const metadata = z.looseObject({
  name: z.string(),
  namespace: z.string().optional(),
  uid: z.string().optional(),
  resourceVersion: z.string().optional(),
  generation: z.number().int().optional(),
});

/** The whole object of a kind, for checks at run time: spec and status strict, metadata open. */
export function objectSchema(definition: KindDefinition) {
  return z.strictObject({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal(definition.kind),
    metadata,
    spec: definition.spec,
    ...(definition.status ? { status: definition.status.optional() } : {}),
  });
}

/** The CustomResourceDefinition of a kind, ready to apply. */
export function customResourceDefinition(definition: KindDefinition): object {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${definition.plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: definition.scope,
      names: {
        kind: definition.kind,
        listKind: `${definition.kind}List`,
        plural: definition.plural,
        singular: definition.singular,
        shortNames: [...definition.shortNames],
        ...(definition.inCategory === false ? {} : { categories: ["sre"] }),
      },
      versions: [version(definition)],
    },
  };
}

function version(definition: KindDefinition): object {
  return {
    name: VERSION,
    served: true,
    storage: true,
    additionalPrinterColumns: definition.columns.map((column) => ({ ...column })),
    ...(definition.status ? { subresources: { status: {} } } : {}),
    schema: { openAPIV3Schema: rootSchema(definition) },
  };
}

const WRITTEN = "What came of it. Written by sre-agent alone.";

function rootSchema(definition: KindDefinition): StructuralSchema {
  return {
    type: "object",
    description: definition.description,
    required: ["spec"],
    properties: {
      apiVersion: { type: "string" },
      kind: { type: "string" },
      metadata: { type: "object" },
      spec: { description: "What is asked for.", ...structuralSchema(definition.spec) },
      ...(definition.status ? { status: { description: WRITTEN, ...structuralSchema(definition.status) } } : {}),
    },
    ...(definition.rules ? { "x-kubernetes-validations": definition.rules.map((rule) => ({ ...rule })) } : {}),
  };
}
