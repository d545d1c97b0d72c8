import {
  ADMISSION_KINDS,
  CONFIGURATION_KINDS,
  NETWORK_KINDS,
  SCALING_KINDS,
  VOLUME_KINDS,
  WORKLOAD_KINDS,
} from "@sre-agent/diagnosis";
import { type Change, changesIn } from "../collect/changes.ts";
import { relatedTo } from "../collect/related.ts";
import { evidenceOf } from "../reply/evidence.ts";
import type { ReadDependencies } from "./diagnose.ts";
import { gapLine, isNamespaced, startOf } from "./looked.ts";
import { type AskedAbout, type Surroundings, surroundings } from "./surroundings.ts";
import type { ToolHandler, ToolReply } from "./tool.ts";

interface ChangesInput extends AskedAbout {
  readonly since?: string | undefined;
}

/** What is reported about objects, and what runs in them, is no change of theirs. */
const IGNORED = new Set(["Event", "Pod", "EndpointSlice"]);
const KINDS = [
  ...WORKLOAD_KINDS,
  ...CONFIGURATION_KINDS,
  ...NETWORK_KINDS,
  ...SCALING_KINDS,
  ...VOLUME_KINDS,
  ...ADMISSION_KINDS,
]
  .filter(isNamespaced)
  .filter(({ kind }) => !IGNORED.has(kind));
const MAX_BYTES = 4_800;

/** What was changed in a namespace, or around one object, newest first, and by whom. */
export function createChangesRecent(dependencies: ReadDependencies): ToolHandler<ChangesInput> {
  return async (input, context) => {
    const wanted = { kinds: KINDS, needed: { apiVersion: "apps/v1", kind: "Deployment" } };
    const found = await surroundings(dependencies, { ...input, context }, wanted);
    if ("code" in found) return { ok: false, denial: found };
    const from = startOf(input.since, dependencies.now());
    const about = found.object === undefined ? found.index.snapshot.objects : relatedTo(found.index, found.object);
    return replyOf(
      found,
      changesIn(found.index, about).filter(({ at }) => at === "" || at >= from),
    );
  };
}

function replyOf({ place, object, gaps }: Surroundings, changes: readonly Change[]): ToolReply {
  const lines = changes.map(lineOf);
  let bytes = 0;
  const end = lines.findIndex((line) => {
    bytes += Buffer.byteLength(line) + 1;
    return bytes > MAX_BYTES;
  });
  const shown = end === -1 ? lines : lines.slice(0, Math.max(1, end));
  const evidence = evidenceOf(lines.join("\n"));
  const left = lines.length - shown.length;
  const of = object === undefined ? "" : ` around ${object.kind}/${object.metadata.name}`;
  const text = [
    `[${evidence.id}] ${changes.length} changes in ${place.namespace ?? "all namespaces"}${of}, newest first`,
    ...shown,
    ...(left > 0
      ? [`${left} older ones: evidence_read id ${evidence.id} from ${shown.length + 1}, or narrow by since or name.`]
      : []),
    ...gapLine(gaps),
  ];
  return { ok: true, text: text.join("\n"), evidence: [evidence] };
}

function lineOf({ at, object, kind, what, by }: Change): string {
  const who = by === undefined ? "" : ` by ${by}`;
  return `${at === "" ? "(time not recorded)" : at} ${kind} ${object.kind}/${object.metadata.name}${who}${what === "" ? "" : `: ${what}`}`;
}
