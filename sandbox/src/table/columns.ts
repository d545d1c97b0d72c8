import type { KubeObject } from "../object.ts";

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
}

export type Cell = string | number | boolean | null;

/** How objects of one kind look as rows of a table. */
export interface TableColumns {
  readonly columns: readonly Column[];
  /** One cell a column, in the same order. */
  cells(object: KubeObject, nowMs: number): readonly Cell[];
}
