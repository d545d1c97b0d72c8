import {
  ACCESS_KINDS,
  ADMISSION_KINDS,
  CONFIGURATION_KINDS,
  NETWORK_KINDS,
  type NeededKind,
  SCALING_KINDS,
  VOLUME_KINDS,
  WORKLOAD_KINDS,
} from "@sre-agent/diagnosis";
import type { Relation } from "../collect/relations/relation.ts";
import { relationsOf } from "../collect/relations/relations-of.ts";
import { stateOf } from "../collect/relations/state.ts";
import { evidenceOf } from "../reply/evidence.ts";
import type { ReadDependencies } from "./diagnose.ts";
import { gapLine } from "./looked.ts";
import { surroundings } from "./surroundings.ts";
import type { ToolHandler } from "./tool.ts";

interface RelationsInput {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string | undefined;
}

const NAMESPACES: NeededKind = { apiVersion: "v1", kind: "Namespace", scope: "Cluster" };
const KINDS = [
  ...WORKLOAD_KINDS,
  ...CONFIGURATION_KINDS,
  ...NETWORK_KINDS,
  ...VOLUME_KINDS,
  ...SCALING_KINDS,
  ...ADMISSION_KINDS,
  ...ACCESS_KINDS,
  NAMESPACES,
].filter(({ kind }) => kind !== "Event");
/** Items of one relation; the rest is counted. */
const MAX_ITEMS = 8;

/** What an object is connected with, and in which state each of it is. */
export function createResourceRelations(dependencies: ReadDependencies): ToolHandler<RelationsInput> {
  return async (input, context) => {
    const wanted = { kinds: KINDS, needed: { apiVersion: "v1", kind: "Pod" } };
    const found = await surroundings(dependencies, { ...input, context }, wanted);
    if ("code" in found) return { ok: false, denial: found };
    const { index, gaps } = found;
    const object = found.object ?? { apiVersion: "", kind: input.kind, metadata: { name: input.name } };
    const lines = relationsOf(index, object).map(lineOf);
    const evidence = evidenceOf(lines.join("\n"));
    const state = stateOf(index, object);
    const head = `[${evidence.id}] ${object.kind}/${object.metadata.name}${state === "" ? "" : `: ${state}`}`;
    const rest = lines.length === 0 ? ["Nothing that was read stands in relation to it."] : lines;
    return { ok: true, text: [head, ...rest, ...gapLine(gaps)].join("\n"), evidence: [evidence] };
  };
}

function lineOf({ label, items }: Relation): string {
  const left = items.length - MAX_ITEMS;
  return `${label}: ${items.slice(0, MAX_ITEMS).join(", ")}${left > 0 ? ` and ${left} more` : ""}`;
}
