/** Who managedFields say wrote, and no silent pruning of fields that a schema does not know. */
export const WRITE_QUERY = { fieldManager: "sre-agent", fieldValidation: "Strict" } as const;

export const JSON_PATCH = "application/json-patch+json";
export const MERGE_PATCH = "application/merge-patch+json";
