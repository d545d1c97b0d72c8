import type { KubeObject } from "../object.ts";
import type { Cell, TableColumns } from "./columns.ts";

/** Name, type (`name` for the name column), the cell's value, priority. */
export type Spec = readonly [
  name: string,
  type: string,
  cell: (object: KubeObject, nowMs: number) => Cell,
  priority?: number,
];

export function table(specs: readonly Spec[]): TableColumns {
  return {
    columns: specs.map(([name, type, , priority]) => ({
      name,
      type: type === "name" ? "string" : type,
      format: type === "name" ? "name" : "",
      description: "",
      priority: priority ?? 0,
    })),
    cells: (object, nowMs) => specs.map(([, , cell]) => cell(object, nowMs)),
  };
}
