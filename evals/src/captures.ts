import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Snapshot } from "@sre-agent/diagnosis";
import { INCIDENT_FORMAT, type Incident, readIncident } from "@sre-agent/mcp-server/incident";
import { createPseudonyms, normalise, redact } from "@sre-agent/redaction";
import { CAPTURES } from "./config.ts";

type Variant = "fault" | "healthy";

const fileOf = (id: string, variant: Variant) =>
  join(CAPTURES, `${id}${variant === "healthy" ? ".healthy" : ""}.jsonl`);

const KEY_BYTES = 32;
/** The same in every run, so that a new capture differs from the old one only where the cluster does. */
const PSEUDONYM = createPseudonyms(Buffer.alloc(KEY_BYTES));

/**
 * As an incident file, an object or a log a line, readable by every tool that reads incidents. Secrets are redacted by
 * pattern as everywhere, but values of env and ConfigMaps stay, which a real incident hides: a scenario made them up.
 */
export function writeCapture(id: string, variant: Variant, { objects, logs, ...rest }: Snapshot): void {
  const header = { format: INCIDENT_FORMAT, writer: "evals", beyond: [], unread: [], leftOut: [], ...rest };
  const items = [...logs.map((log) => ({ log })), ...objects.map((object) => ({ object }))];
  const lines = items.map((item) => JSON.stringify(item, (_, value: unknown) => redacted(value)));
  mkdirSync(CAPTURES, { recursive: true });
  writeFileSync(fileOf(id, variant), `${[JSON.stringify(header), ...lines].join("\n")}\n`);
}

function redacted(value: unknown): unknown {
  return typeof value === "string" ? redact(normalise(value), { pseudonym: PSEUDONYM }).text : value;
}

/** undefined where the scenario was not captured yet. @throws Error for a file that is no incident. */
export function readCapture(id: string, variant: Variant): Incident | undefined {
  const file = fileOf(id, variant);
  if (!existsSync(file)) return undefined;
  const read = readIncident(readFileSync(file, "utf8"));
  if (!read.ok) throw new Error(`${file}: ${read.fault}`);
  return read.incident;
}
