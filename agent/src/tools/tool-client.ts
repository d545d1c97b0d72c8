import type { RunReference, ToolCall, ToolResult } from "@sre-agent/crds";

/** A tool as it is offered to a model. */
export interface OfferedTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
  /** `act` tools run one by one; `read` tools may overlap. */
  readonly role: "read" | "act";
}

export interface CallOptions {
  readonly run?: RunReference | undefined;
  readonly correlationId: string;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** The cluster, as a run sees it. */
export interface ToolClient {
  /** Sorted by name, so that equal sets make equal prefixes. */
  list(): readonly OfferedTool[];
  /** Every fault of the tool or the way to it is a result with a code; rejects only when `signal` aborts. */
  call(call: ToolCall, options: CallOptions): Promise<ToolResult>;
}
