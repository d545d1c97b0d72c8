import { randomBytes } from "node:crypto";
import { deny } from "@sre-agent/crds";
import { envelope } from "@sre-agent/redaction";
import type { KeptEvidence } from "../reply/evidence-store.ts";
import type { ToolHandler, ToolReply } from "./tool.ts";

interface EvidenceInput {
  readonly id: string;
  readonly from?: number | undefined;
  readonly lines?: number | undefined;
  readonly grep?: string | undefined;
}

const USUAL_LINES = 100;
const MAX_LINE = 1_000;
/** Of the lines alone, as they are printed. */
const PAGE_BYTES = 4_500;

interface NumberedLine {
  readonly number: number;
  readonly text: string;
}

/** A page of an earlier result, out of what was kept for this caller and run. */
export function createEvidenceRead(): ToolHandler<EvidenceInput> {
  return async (input, { evidence }) => {
    const { kept, call } = evidence?.(input.id) ?? {};
    if (kept !== undefined) return pageOf(input, kept);
    const next = call === undefined ? "Repeat the call that produced it." : `Call again: ${call}`;
    return { ok: false, denial: deny("EVIDENCE_GONE", `${input.id} is not kept here (any more).`, next) };
  };
}

function pageOf({ id, from = 1, lines = USUAL_LINES, grep }: EvidenceInput, kept: KeptEvidence): ToolReply {
  const all = kept.text.split("\n").map((text, index) => ({ number: index + 1, text }));
  const matching = grep === undefined ? all : all.filter(({ text }) => text.includes(grep));
  const wanted = matching.filter(({ number }) => number >= from);
  const shown = fitting(wanted.slice(0, lines));
  const left = wanted.length - shown.length;
  const what = grep === undefined ? "" : `, ${matching.length} with ${JSON.stringify(grep)}`;
  const next = wanted[shown.length]?.number;
  const text = [
    `${id}: ${all.length} lines${what}${kept.cut ? "; the original was longer" : ""}`,
    ...(shown.length === 0 ? ["No line there."] : [bodyOf(shown, kept)]),
    ...(next === undefined ? [] : [`${left} more: call again with from ${next}, or narrow by grep.`]),
  ];
  return { ok: true, text: text.join("\n"), evidence: [] };
}

function fitting(lines: readonly NumberedLine[]): readonly NumberedLine[] {
  let bytes = 0;
  const end = lines.findIndex((line, index) => {
    bytes += Buffer.byteLength(JSON.stringify(printed(line)));
    return index > 0 && bytes > PAGE_BYTES;
  });
  return end === -1 ? lines : lines.slice(0, end);
}

function bodyOf(lines: readonly NumberedLine[], { source }: KeptEvidence): string {
  const body = lines.map(printed).join("\n");
  if (source === undefined) return body;
  return envelope(body, { source, writableBy: "tenant", mark: randomBytes(8).toString("hex") });
}

function printed({ number, text }: NumberedLine): string {
  return `${number}: ${text.length > MAX_LINE ? `${text.slice(0, MAX_LINE)}…` : text}`;
}
