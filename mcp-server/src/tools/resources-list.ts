import type { KindRef, Reader, ResourceType, Table } from "@sre-agent/kube";
import { evidenceOf } from "../reply/evidence.ts";
import { allowedKind, type Place } from "./allowed-kind.ts";
import type { ReadDependencies } from "./diagnose.ts";
import { missingNamespace } from "./existence.ts";
import { isUnhealthy, showsHealth, tableText } from "./resource-table.ts";
import type { ToolHandler, ToolReply } from "./tool.ts";

interface ListInput {
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly allNamespaces?: boolean | undefined;
  readonly labelSelector?: string | undefined;
  readonly onlyUnhealthy?: boolean | undefined;
  readonly cursor?: string | undefined;
}

const PAGE = 500;
const MAX_PAGES = 20;

export function createResourcesList({ reader, namespace: usual }: ReadDependencies): ToolHandler<ListInput> {
  return async (input, context) => {
    const allowed = await allowedKind(input, { reader, context, usual });
    if ("code" in allowed) return { ok: false, denial: allowed };
    const { type, ref, place } = allowed;
    const table = await readTable(reader, ref, { input, place, signal: context.signal });
    const missing = table.rows.length === 0 ? await missingNamespace(reader, place.namespace, context.signal) : null;
    return missing === null ? replyOf(input, type, table) : { ok: false, denial: missing };
  };
}

interface Reading {
  readonly input: ListInput;
  readonly place: Place;
  readonly signal: AbortSignal;
}

/** One page; of the unhealthy ones as many pages as are allowed, since most rows of each are left out. */
async function readTable(reader: Reader, ref: KindRef, { input, place, signal }: Reading): Promise<Table> {
  const { labelSelector, cursor, onlyUnhealthy } = input;
  const selector = labelSelector === undefined ? {} : { labelSelector };
  const page = (token: string | undefined) =>
    reader.table(ref, {
      ...place,
      ...selector,
      limit: PAGE,
      signal,
      ...(token === undefined ? {} : { continue: token }),
    });
  let table = await page(cursor);
  for (let pages = 1; onlyUnhealthy === true && table.continue !== undefined && pages < MAX_PAGES; pages += 1) {
    const next = await page(table.continue);
    table = { ...next, rows: [...table.rows, ...next.rows] };
  }
  return table;
}

function replyOf(input: ListInput, { kind, resource }: ResourceType, table: Table): ToolReply {
  const filtered = input.onlyUnhealthy === true && showsHealth(table);
  const rows = filtered ? table.rows.filter((row) => isUnhealthy(table, row)) : table.rows;
  const evidence = evidenceOf(tableText(table, rows));
  const count = `${rows.length} ${rows.length === 1 ? kind : resource}${filtered ? ` unhealthy of ${table.rows.length}` : ""}`;
  const blind = input.onlyUnhealthy === true && !filtered;
  const more = table.remaining === undefined ? "" : ` (${table.remaining} more)`;
  const lines = [
    `[${evidence.id}] ${count}`,
    ...(blind
      ? ["The table of this kind does not show health: all rows are here. resource_get shows conditions."]
      : []),
    // Before the rows, which may be cut.
    ...(table.continue === undefined
      ? []
      : [`More${more}: call again with cursor ${table.continue}, or narrow by labelSelector.`]),
    evidence.text,
  ];
  return { ok: true, text: lines.join("\n"), evidence: [evidence] };
}
