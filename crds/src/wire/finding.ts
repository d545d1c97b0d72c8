import { z } from "zod";
import { storedAction } from "../actions/action.ts";

export const SEVERITIES = ["critical", "error", "warning", "info"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** An object as findings name it; `namespace` is absent for cluster-scoped kinds. */
const subjectSchema = z.strictObject({
  kind: z.string().max(63),
  name: z.string().max(253),
  namespace: z.string().max(63).optional(),
  apiVersion: z.string().max(128).optional(),
  uid: z.string().max(64).optional(),
});
export type Subject = z.infer<typeof subjectSchema>;

/** Where a value stands in the cluster, so that anyone can look it up. */
const findingEvidenceSchema = z.strictObject({
  object: subjectSchema,
  /** A field path such as `spec.template.spec.containers[web].image`, or `log[web]`, `event`. */
  path: z.string().max(512),
  value: z.string().max(1024),
  /** Who can write that value: a tenant's text alone never carries an automatic action. */
  writableBy: z.enum(["tenant", "control-plane"]),
});
export type FindingEvidence = z.infer<typeof findingEvidenceSchema>;

/** One field of a minimal patch. Values are JSON text; without `from` the field is absent now, without `to` it goes. */
const fieldPatchSchema = z.strictObject({
  /** JSON pointer into the target, such as `/spec/selector/app`. */
  path: z.string().max(512),
  from: z.string().max(1024).optional(),
  to: z.string().max(1024).optional(),
});
export type FieldPatch = z.infer<typeof fieldPatchSchema>;

/** A typed action, the minimal patch that a person can apply, or what a person has to decide. */
const fixSchema = z.union([
  z.strictObject({ kind: z.literal("action"), action: storedAction, summary: z.string().max(500) }),
  z.strictObject({
    kind: z.literal("patch"),
    target: subjectSchema,
    patch: z.array(fieldPatchSchema).min(1).max(20),
    summary: z.string().max(1000),
  }),
  z.strictObject({ kind: z.literal("decision"), summary: z.string().max(1000) }),
]);
export type Fix = z.infer<typeof fixSchema>;

/** The change that came before the failure: why now. */
const precedingChangeSchema = z.strictObject({
  object: subjectSchema,
  what: z.string().max(1000),
  at: z.string().max(40),
  by: z.string().max(256).optional(),
});
export type PrecedingChange = z.infer<typeof precedingChangeSchema>;

export const findingSchema = z.strictObject({
  /** Stable: the same cause on the same object has the same id in every run. */
  id: z.string().max(80),
  /** The analyzer's name, kebab-case. */
  analyzer: z.string().max(63),
  severity: z.enum(SEVERITIES),
  namespace: z.string().max(63),
  subject: subjectSchema,
  /** One sentence: the cause, the field, the wrong value, what it should match. */
  cause: z.string().max(1000),
  evidence: z.array(findingEvidenceSchema).max(20),
  /** What this cause makes look broken: those are symptoms, not findings of their own. */
  explains: z.array(z.strictObject({ subject: subjectSchema, symptom: z.string().max(300) })).max(50),
  change: precedingChangeSchema.optional(),
  fix: fixSchema.optional(),
});
export type Finding = z.infer<typeof findingSchema>;
