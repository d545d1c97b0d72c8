import { deny } from "@sre-agent/crds";
import type { ResourceType, Table } from "@sre-agent/kube";
import { evidenceOf } from "../reply/evidence.ts";
import type { ReadDependencies } from "./diagnose.ts";
import { namespaceOf } from "./namespace.ts";
import { isUnhealthy, tableText } from "./resource-table.ts";
import type { ToolContext, ToolHandler } from "./tool.ts";

interface ListInput {
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly allNamespaces?: boolean | undefined;
  readonly labelSelector?: string | undefined;
  readonly onlyUnhealthy?: boolean | undefined;
  readonly cursor?: string | undefined;
}

const PAGE = 500;

export function createResourcesList({ reader, namespace: usual }: ReadDependencies): ToolHandler<ListInput> {
  return async (input, context) => {
    const type = await reader.resolve(input.kind, { signal: context.signal });
    const place = placeOf(input, { type, context, usual });
    if ("code" in place) return { ok: false, denial: place };
    const kind = { apiVersion: type.apiVersion, kind: type.kind };
    const forbidden = await context.mayRead({ kind, ...place });
    if (forbidden !== null) return { ok: false, denial: forbidden };
    const table = await reader.table(kind, {
      ...place,
      limit: PAGE,
      ...(input.labelSelector === undefined ? {} : { labelSelector: input.labelSelector }),
      ...(input.cursor === undefined ? {} : { continue: input.cursor }),
      signal: context.signal,
    });
    return replyOf(input, type, table);
  };
}

interface Place {
  readonly type: ResourceType;
  readonly context: ToolContext;
  readonly usual: string | undefined;
}

function placeOf({ namespace, allNamespaces }: ListInput, { type, context, usual }: Place) {
  if (allNamespaces === true && namespace !== undefined) {
    return deny("SCHEMA_INVALID", "namespace: give either namespace or allNamespaces.");
  }
  if (!type.namespaced || allNamespaces === true) return {};
  const found = namespaceOf(namespace, context, usual);
  return typeof found === "string" ? { namespace: found } : found;
}

function replyOf(input: ListInput, { kind, resource }: ResourceType, table: Table) {
  const rows = input.onlyUnhealthy === true ? table.rows.filter((row) => isUnhealthy(table, row)) : table.rows;
  const evidence = evidenceOf(tableText(table, rows));
  const more = table.remaining === undefined ? "" : ` (${table.remaining} more)`;
  const text = [
    `[${evidence.id}] ${rows.length} ${rows.length === 1 ? kind : resource}${input.onlyUnhealthy === true ? ` unhealthy of ${table.rows.length}` : ""}`,
    evidence.text,
    ...(table.continue === undefined
      ? []
      : [`More${more}: call again with cursor ${table.continue}, or narrow by labelSelector.`]),
  ];
  return { ok: true, text: text.join("\n"), evidence: [evidence] } as const;
}
