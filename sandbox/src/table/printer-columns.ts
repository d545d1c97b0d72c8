import { textOf } from "../json.ts";
import { ageOf } from "./age.ts";
import type { Cell, Column, TableColumns } from "./columns.ts";
import { jsonPath } from "./json-path.ts";

/** A column of a CustomResourceDefinition. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  readonly description?: string;
  readonly priority?: number;
}

const NAME: Column = { name: "Name", type: "string", format: "name", description: "", priority: 0 };
const AGE: PrinterColumn = { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" };

/** The table of a custom kind: the name, then its printer columns; without any, the age. */
export function printerColumns(declared: readonly PrinterColumn[]): TableColumns {
  const columns = declared.length === 0 ? [AGE] : declared;
  return {
    columns: [NAME, ...columns.map(toColumn)],
    cells: (object, nowMs) => [
      object.metadata.name,
      ...columns.map((column) => toCell(jsonPath(object, column.jsonPath), column.type, nowMs)),
    ],
  };
}

function toColumn({ name, type, description, priority, jsonPath: path }: PrinterColumn): Column {
  return {
    name,
    type,
    format: "",
    description: description ?? `Custom resource definition column (in JSONPath format): ${path}`,
    priority: priority ?? 0,
  };
}

/** Of several values the API server prints the first. */
function toCell([value]: readonly unknown[], type: string, nowMs: number): Cell {
  if (value === undefined || value === null) return null;
  return (CELLS[type] ?? textCell)(value, nowMs);
}

const CELLS: Readonly<Record<string, (value: unknown, nowMs: number) => Cell>> = {
  date: (value, nowMs) => ageOf(textOf(value), nowMs),
  integer: numberCell,
  number: numberCell,
  boolean: (value) => (typeof value === "boolean" ? value : null),
};

function numberCell(value: unknown): Cell {
  return typeof value === "number" ? value : null;
}

function textCell(value: unknown): Cell {
  return typeof value === "string" ? value : JSON.stringify(value);
}
