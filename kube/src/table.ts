import type { CallOptions, Table } from "./access.ts";
import type { Transport } from "./transport.ts";

const AS_TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";

interface TableAnswer {
  readonly metadata?: { readonly continue?: string; readonly remainingItemCount?: number };
  readonly columnDefinitions: readonly { readonly name: string; readonly type: string; readonly priority: number }[];
  readonly rows?:
    | readonly {
        readonly cells: readonly unknown[];
        readonly object?: { readonly metadata?: { readonly name?: string; readonly namespace?: string } };
      }[]
    | null;
}

export interface TableRequest extends CallOptions {
  readonly path: string;
  readonly query: Readonly<Record<string, string | number | undefined>>;
}

/** The columns and rows that `kubectl get` shows, made by the API server. */
export async function readTable(transport: Transport, request: TableRequest): Promise<Table> {
  const answer = await transport.json<TableAnswer>({ ...request, method: "GET", accept: AS_TABLE });
  const { continue: next, remainingItemCount: remaining } = answer.metadata ?? {};
  return {
    columns: answer.columnDefinitions.map(({ name, type, priority }) => ({ name, type, priority })),
    rows: (answer.rows ?? []).map(({ cells, object }) => ({
      cells: cells.map(toCell),
      name: object?.metadata?.name ?? "",
      ...(object?.metadata?.namespace === undefined ? {} : { namespace: object.metadata.namespace }),
    })),
    ...(next ? { continue: next } : {}),
    ...(remaining === undefined ? {} : { remaining }),
  };
}

function toCell(cell: unknown): string | number | boolean | null {
  if (cell === null || cell === undefined) return null;
  if (typeof cell === "string" || typeof cell === "number" || typeof cell === "boolean") return cell;
  return JSON.stringify(cell);
}
