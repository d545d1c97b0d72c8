import {
  ACTIONS,
  actionOfTool,
  canonicalJson,
  type Finding,
  findingSchema,
  type Receipt,
  receiptSchema,
  SEVERITIES,
  type ToolCall,
  type ToolResult,
} from "@sre-agent/crds";
import { z } from "zod";
import { DIAGNOSE } from "../loop/diagnose-target.ts";
import type { RunState } from "../loop/run-state.ts";

/** A finding with the id under which the run may cite it. */
export type CitableFinding = Finding & { readonly evidenceId: string };

const citable = findingSchema.extend({ evidenceId: z.string().min(1).max(80) });
const diagnosis = z.object({ findings: z.array(z.unknown()), gaps: z.array(z.string()).optional() });
/** Servers may add members to a receipt. */
const receiptMembers = z.object(receiptSchema.shape);

export interface Diagnosed {
  /** Worst first; each once. Those that a later look at the same place no longer found are not among them. */
  readonly findings: readonly CitableFinding[];
  readonly gaps: readonly string[];
  /** Evidence ids of findings that a later look contradicts. */
  readonly contradicted: readonly string[];
  /** Whether any diagnosis was received with its structure, and every finding in it could be read. */
  readonly complete: boolean;
}

interface Look {
  /** What was asked: two looks at the same place can be compared. */
  readonly place: ToolCall["arguments"];
  readonly findings: readonly CitableFinding[];
  readonly gaps: readonly string[];
  readonly unreadable: number;
}

/** What the diagnoses of this run found. */
export function diagnosed(state: RunState): Diagnosed {
  const looks = looksOf(state);
  const newest = [...new Map(looks.map((look) => [canonicalJson(look.place), look])).values()];
  const byId = new Map(newest.flatMap(({ findings }) => findings.map((finding) => [finding.id, finding] as const)));
  const gone = looks.flatMap(({ findings }) => findings).filter(({ id }) => !byId.has(id));
  const unreadable = newest.reduce((all, look) => all + look.unreadable, 0);
  const rank = ({ severity }: Finding) => SEVERITIES.indexOf(severity);
  return {
    findings: [...byId.values()].sort((left, right) => rank(left) - rank(right)),
    gaps: [
      ...new Set([
        ...newest.flatMap(({ gaps }) => gaps),
        ...gone.map(({ cause }) => `Found first and no longer at the last look: ${cause}`),
      ]),
      ...(unreadable === 0 ? [] : [`${unreadable} findings could not be read and were left out.`]),
    ],
    contradicted: gone.map(({ evidenceId }) => evidenceId),
    complete: looks.length > 0 && unreadable === 0,
  };
}

/** Whether a namespace was diagnosed: a diagnosis of an object looks at everything around it. */
export function wasDiagnosed(state: RunState, namespace: string): boolean {
  return looksOf(state).some(({ place }) => place["namespace"] === namespace || place["allNamespaces"] === true);
}

function looksOf({ turns }: RunState): readonly Look[] {
  return turns.flatMap(({ entry, results }) =>
    (results ?? []).flatMap((result) => {
      const parsed = diagnosis.safeParse(result.tool === DIAGNOSE && result.ok ? result.structured : undefined);
      if (!parsed.success) return [];
      const place = entry.calls.find(({ id }) => id === result.callId)?.arguments ?? {};
      const findings = parsed.data.findings.map((finding) => citable.safeParse(finding));
      return [
        {
          place,
          findings: findings.flatMap(({ data }) => data ?? []),
          gaps: parsed.data.gaps ?? [],
          unreadable: findings.filter(({ success }) => !success).length,
        },
      ];
    }),
  );
}

/** The last proposal that the act server put on record or previewed in this run. */
export interface Proposed {
  readonly receipt: Receipt;
  /** Parameters as recorded, with the action's type. */
  readonly params: Readonly<Record<string, unknown>>;
}

export function lastProposed({ turns }: RunState): Proposed | undefined {
  return turns
    .flatMap(({ entry, results }) => (results ?? []).flatMap((result) => proposedBy(result, entry.calls)))
    .at(-1);
}

function proposedBy(result: ToolResult, calls: readonly ToolCall[]): Proposed[] {
  const type = actionOfTool(result.tool);
  const parsed = receiptMembers.safeParse(result.structured);
  if (type === undefined || !result.ok || !parsed.success) return [];
  const given = calls.find(({ id }) => id === result.callId)?.arguments ?? {};
  return [{ receipt: parsed.data, params: { type, ...(parsed.data.params ?? previewed(parsed.data, type, given)) } }];
}

/** A preview has no record to name the parameters; those of the accepted call are then what was previewed. */
function previewed({ mode }: Receipt, type: keyof typeof PARAMETERS, given: ToolCall["arguments"]) {
  const accepted = ACTIONS[type].parameters.safeParse(parametersIn(given, type));
  return mode === "observe" && accepted.success ? Object(accepted.data) : {};
}

const PARAMETERS = { Rollback: ["toRevision"], Restart: [], Scale: ["replicas"], Evict: [] } as const;

function parametersIn(given: ToolCall["arguments"], type: keyof typeof PARAMETERS): Record<string, unknown> {
  return Object.fromEntries(PARAMETERS[type].flatMap((name) => (name in given ? [[name, given[name]]] : [])));
}
