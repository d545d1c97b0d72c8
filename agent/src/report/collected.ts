import {
  ACTIONS,
  actionOfTool,
  type Finding,
  findingSchema,
  type Receipt,
  receiptSchema,
  SEVERITIES,
  type ToolCall,
  type ToolResult,
} from "@sre-agent/crds";
import { z } from "zod";
import { allResults, type RunState } from "../loop/run-state.ts";

/** A finding with the id under which the run may cite it. */
export type CitableFinding = Finding & { readonly evidenceId: string };

const citable = findingSchema.extend({ evidenceId: z.string().min(1).max(80) });
const diagnosis = z.object({ findings: z.array(z.unknown()), gaps: z.array(z.string()).optional() });
/** Servers may add members to a receipt; those named here are the ones that are used. */
const receipt = z.object({ ...receiptSchema.shape, actionRef: z.string().max(253).optional() });

export interface Diagnosed {
  /** Worst first; each once. */
  readonly findings: readonly CitableFinding[];
  readonly gaps: readonly string[];
  /** Whether any diagnosis was received at all. */
  readonly received: boolean;
}

/** What the diagnoses of this run found. */
export function diagnosed(state: RunState): Diagnosed {
  const replies = allResults(state).flatMap((result) => {
    const parsed = diagnosis.safeParse(result.tool === "diagnose" && result.ok ? result.structured : undefined);
    return parsed.success ? [parsed.data] : [];
  });
  const parsed = replies.flatMap(({ findings }) => findings).map((finding) => citable.safeParse(finding));
  const unreadable = parsed.filter(({ success }) => !success).length;
  const byId = new Map(parsed.flatMap(({ data }) => (data ? [[data.id, data] as const] : [])));
  const rank = ({ severity }: Finding) => SEVERITIES.indexOf(severity);
  return {
    findings: [...byId.values()].sort((left, right) => rank(left) - rank(right)),
    gaps: [
      ...new Set(replies.flatMap(({ gaps }) => gaps ?? [])),
      ...(unreadable === 0 ? [] : [`${unreadable} findings could not be read and were left out.`]),
    ],
    received: replies.length > 0,
  };
}

/** The last proposal that the act server put on record or previewed in this run. */
export interface Proposed {
  readonly receipt: Receipt;
  readonly actionRef: string | undefined;
  /** Parameters of the call that was accepted. */
  readonly params: Readonly<Record<string, unknown>>;
}

export function lastProposed({ turns }: RunState): Proposed | undefined {
  return turns
    .flatMap(({ entry, results }) => (results ?? []).flatMap((result) => proposedBy(result, entry.calls)))
    .at(-1);
}

function proposedBy(result: ToolResult, calls: readonly ToolCall[]): Proposed[] {
  const type = actionOfTool(result.tool);
  const parsed = receipt.safeParse(result.structured);
  if (type === undefined || !result.ok || !parsed.success) return [];
  const { actionRef, ...rest } = parsed.data;
  const given = calls.find(({ id }) => id === result.callId)?.arguments ?? {};
  const params = ACTIONS[type].parameters.safeParse(parametersIn(given, type));
  return [{ receipt: rest, actionRef, params: { type, ...(params.success ? Object(params.data) : {}) } }];
}

const PARAMETERS = { Rollback: ["toRevision"], Restart: [], Scale: ["replicas"], Evict: [] } as const;

function parametersIn(given: ToolCall["arguments"], type: keyof typeof PARAMETERS): Record<string, unknown> {
  return Object.fromEntries(PARAMETERS[type].flatMap((name) => (name in given ? [[name, given[name]]] : [])));
}

/** The last refusal of an act tool in this run. */
export function lastRefusal(state: RunState): ToolResult | undefined {
  return allResults(state).findLast(({ tool, ok }) => !ok && actionOfTool(tool) !== undefined);
}
