import type { KubeObject } from "../object.ts";

/** Who writes, and how. */
export interface Manager {
  readonly manager: string;
  readonly operation?: "Update" | "Apply";
  readonly subresource?: string;
}

/** The object with the manager's entry in managedFields renewed. Which fields it owns is not tracked. */
export function stamped(object: KubeObject, writer: Manager, time: string): KubeObject {
  const { manager, operation = "Update", subresource } = writer;
  const others = (object.metadata.managedFields ?? []).filter(
    (entry) => entry["manager"] !== manager || entry["operation"] !== operation || entry["subresource"] !== subresource,
  );
  const entry = {
    manager,
    operation,
    apiVersion: object.apiVersion,
    time,
    fieldsType: "FieldsV1",
    fieldsV1: {},
    ...(subresource === undefined ? {} : { subresource }),
  };
  return { ...object, metadata: { ...object.metadata, managedFields: [...others, entry] } };
}
