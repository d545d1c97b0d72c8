import { DENIAL_META_KEY, type Denial, EVIDENCE_META_KEY } from "@sre-agent/crds";
import { normalise, type Pseudonym, redact } from "@sre-agent/redaction";
import type { Evidence, ToolReply } from "../tools/tool.ts";
import { evidenceOf } from "./evidence.ts";
import { fits, fitsStructured, fitText } from "./fit.ts";

/** What goes over the wire, whatever the protocol's era. */
export interface WireReply {
  readonly content: { readonly type: "text"; readonly text: string }[];
  readonly structuredContent?: Record<string, unknown>;
  readonly isError?: true;
  readonly _meta: Record<string, unknown>;
}

export interface ExitOptions {
  readonly pseudonym: Pseudonym;
  /** What the caller can do about a cut reply. */
  readonly narrow: string;
  /** Keeps redacted originals for `evidence_read`; absent where that tool is not offered. */
  readonly keep?: (evidence: Pick<Evidence, "id" | "text" | "source">) => void;
}

/**
 * The one exit: every reply of every tool is normalised, redacted and bounded here, in that order, since a zero-width
 * character inside a secret would hide it from the patterns.
 */
export function wireReply(reply: ToolReply, options: ExitOptions): WireReply {
  if (!reply.ok) return refusal(reply.denial, options);
  const clean = (text: string) => cleaned(text, options.pseudonym);
  const structured = reply.structured === undefined ? undefined : (mapStrings(reply.structured, clean) as object);
  for (const { id, text, original, source } of reply.evidence)
    options.keep?.({ id, text: clean(original ?? text), ...(source === undefined ? {} : { source }) });
  return {
    content: [{ type: "text", text: bounded(clean(reply.text), options) }],
    ...(structured !== undefined && fitsStructured(structured)
      ? { structuredContent: structured as Record<string, unknown> }
      : {}),
    _meta: { [EVIDENCE_META_KEY]: reply.evidence.map(({ id }) => id) },
  };
}

/** A reply that is cut is kept whole, under an id of its own. */
function bounded(text: string, { narrow, keep }: ExitOptions): string {
  if (fits(text) || keep === undefined) return fitText(text, () => narrow);
  const whole = evidenceOf(text);
  keep(whole);
  return fitText(text, (line) => `evidence_read id ${whole.id} from ${line} shows them; or ${narrow}`);
}

/** For a fault of ours: nothing of the error, which may quote what was read; the log has it under the same id. */
export function faultReply(correlationId: string): WireReply {
  const text = `INTERNAL: the tool failed inside the server (correlation id ${correlationId}).\nNext: try another tool or tell a person; the server's log says why.`;
  return { content: [{ type: "text", text }], isError: true, _meta: {} };
}

function refusal({ code, message, next }: Denial, { pseudonym, narrow }: ExitOptions): WireReply {
  const text = fitText(cleaned(`${code}: ${message}\nNext: ${next}`, pseudonym), () => narrow);
  return { content: [{ type: "text", text }], isError: true, _meta: { [DENIAL_META_KEY]: { code } } };
}

function cleaned(text: string, pseudonym: Pseudonym): string {
  return redact(normalise(text), { pseudonym }).text;
}

function mapStrings(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === "string") return map(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, map));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, mapStrings(member, map)]));
}
