import { DENIAL_META_KEY, EVIDENCE_META_KEY, type ToolCall, type ToolResult } from "@sre-agent/crds";
import { z } from "zod";

/** What a tool gave back, whichever way it was called. */
export interface ToolReply {
  readonly text: string;
  readonly structured?: unknown;
  readonly isError: boolean;
  readonly meta: Readonly<Record<string, unknown>>;
}

const LIMITS = { text: 60_000, structuredBytes: 256 * 1024, evidence: 200 } as const;
const denialMember = z.object({ code: z.string().min(1).max(64) });
const evidenceMember = z.array(z.string().min(1).max(80));

/** The reply as a run keeps it, bounded. */
export function resultOf(call: ToolCall, { text, structured, isError, meta }: ToolReply): ToolResult {
  const denial = denialMember.safeParse(meta[DENIAL_META_KEY]);
  const evidence = evidenceMember.safeParse(meta[EVIDENCE_META_KEY]);
  const fits = structured !== undefined && Buffer.byteLength(JSON.stringify(structured)) <= LIMITS.structuredBytes;
  return {
    callId: call.id,
    tool: call.tool,
    ok: !isError,
    ...(isError ? { code: denial.data?.code ?? "TOOL_ERROR" } : {}),
    text:
      text.length > LIMITS.text
        ? `${text.slice(0, LIMITS.text)}\n(${text.length - LIMITS.text} characters left out)`
        : text,
    ...(fits ? { structured } : {}),
    evidence: (evidence.data ?? []).slice(0, LIMITS.evidence),
  };
}

/** The result of a call that no tool answered. */
export function failed(call: ToolCall, code: string, message: string): ToolResult {
  const text = `${code}: ${call.tool}: ${message}.`;
  return { callId: call.id, tool: call.tool, ok: false, code, text, evidence: [] };
}
