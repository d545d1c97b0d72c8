import type { ToolResult } from "@sre-agent/crds";
import { envelope } from "@sre-agent/redaction";
import { z } from "zod";

interface Marked {
  readonly mark: string;
  readonly maxCharacters: number;
}

/** A result as a model is told it: what code knows of it, then the cluster's text as one marked JSON string. */
export function resultContent(result: ToolResult, { mark, maxCharacters }: Marked): string {
  const { text, structured } = result;
  const body = text === "" && structured !== undefined ? JSON.stringify(structured) : text;
  const left = body.length - maxCharacters;
  const told = left > 0 ? `${body.slice(0, maxCharacters)}\n(${left} characters left out)` : body;
  return contentOf(result, told, mark);
}

const FINDINGS = 10;
const EXCERPT = 160;
const findings = z.object({ findings: z.array(z.object({ evidenceId: z.string(), cause: z.string() })) });

/** What is kept of a result when the window fills: its evidence ids and the facts in it, never a model's summary. */
export function digestContent(result: ToolResult, { mark }: Marked): string {
  const parsed = findings.safeParse(result.structured);
  const facts = parsed.success
    ? parsed.data.findings
        .slice(0, FINDINGS)
        .map(({ evidenceId, cause }) => `${evidenceId} ${cause.slice(0, EXCERPT)}`)
        .join("\n")
    : result.text.slice(0, EXCERPT);
  return contentOf(result, `${facts}\n(cut to save room; ask again for the whole)`, mark);
}

/** What is kept when digests alone fill the window: the ids. Findings stay facts. */
export function bareContent(result: ToolResult, marked: Marked): string {
  return findings.safeParse(result.structured).success ? digestContent(result, marked) : headOf(result);
}

const WITHHELD = "(left out: a content filter of the model's provider refuses this text)";

export function withheldContent(result: ToolResult, { mark }: Marked): string {
  return contentOf(result, WITHHELD, mark);
}

function contentOf(result: ToolResult, body: string, mark: string): string {
  // A cut may go through a character.
  return `${headOf(result)}\n${envelope(body.toWellFormed(), { source: result.tool, writableBy: "tenant", mark })}`;
}

function headOf({ ok, code, evidence }: ToolResult): string {
  return JSON.stringify({ ok, ...(code === undefined ? {} : { code }), evidence });
}
