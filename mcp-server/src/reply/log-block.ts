import { randomBytes } from "node:crypto";
import { digestLog, renderDigest } from "@sre-agent/diagnosis";
import { bound, envelope, normalise, type Pseudonym, redact } from "@sre-agent/redaction";
import type { Evidence } from "../tools/tool.ts";
import { evidenceOf } from "./evidence.ts";

export interface LogBlockOptions {
  /** Where the lines come from, for the reader. */
  readonly source: string;
  /** Of the digest. */
  readonly bytes: number;
  /** Only lines with this text. */
  readonly grep?: string | undefined;
  readonly pseudonym: Pseudonym;
}

export interface LogBlock {
  readonly lines: number;
  /** The digest inside an envelope: a tenant's program wrote it. */
  readonly body: string;
  readonly evidence: Evidence;
}

const SHOWN_LINES = 40;
/** Of the lines that `evidence_read` can page; the newest are kept. */
const ORIGINAL_LINES = 3_000;

/**
 * A log as clustered templates within a budget; the lines themselves are the evidence's original. Redacted before
 * anything else: half of a credential has no form by which it is known, and a search in what is not shown would tell it.
 */
export function logBlock(text: string, { source, bytes, grep, pseudonym }: LogBlockOptions): LogBlock {
  const clean = redact(normalise(text), { pseudonym }).text;
  const lines = clean.split("\n").filter((line) => line !== "" && (grep === undefined || line.includes(grep)));
  const digest = renderDigest(digestLog(lines.join("\n")), { maxLines: SHOWN_LINES });
  const shown = bound(digest, { maxBytes: bytes, maxLines: SHOWN_LINES });
  const cut = shown.truncated ? "\n… cut: narrow by container, since or grep, or page with evidence_read" : "";
  const original = lines.slice(-ORIGINAL_LINES).join("\n");
  const mark = randomBytes(8).toString("hex");
  return {
    lines: lines.length,
    body: envelope(`${shown.text}${cut}`, { source, writableBy: "tenant", mark }),
    evidence: { ...evidenceOf(digest), original, source },
  };
}
