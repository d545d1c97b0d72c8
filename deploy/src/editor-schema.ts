import { API_VERSION, customResourceDefinition, KINDS } from "@sre-agent/crds";

interface Definition {
  readonly spec: { readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: object } }[] };
}

/**
 * One JSON schema for files that hold objects of ours, so that an editor completes and checks them as kubectl will.
 * Objects of other groups in the same file pass.
 */
export function editorSchema(): string {
  const kinds = KINDS.map((kind) => {
    const { spec } = customResourceDefinition(kind) as Definition;
    const isOfThisKind = {
      required: ["apiVersion", "kind"],
      properties: { apiVersion: { const: API_VERSION }, kind: { const: kind.kind } },
    };
    return { if: { not: isOfThisKind }, else: { required: ["spec"], ...spec.versions[0]?.schema.openAPIV3Schema } };
  });
  const schema = { $schema: "http://json-schema.org/draft-07/schema#", title: "sre-agent", allOf: kinds };
  return `${JSON.stringify(schema, null, 2)}\n`;
}
