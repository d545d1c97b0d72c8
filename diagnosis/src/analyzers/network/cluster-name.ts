import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { nearestName } from "../../snapshot/nearest-name.ts";

/** Why a host that was meant as the name of a Service is none. */
export interface Misnamed {
  readonly words: string;
  /** The name that was meant. */
  readonly right: string;
  /** No cluster resolves it; otherwise the zone of this one may be another than most have. */
  readonly certain: boolean;
}

const ZONE = "cluster.local";
/** Other spellings of `svc`. */
const SVC = /^(?:scv|vsc|csv|svcs|srv|service|services)$/;

/** A host of more than one label that begins with a Service of this cluster, and goes on as no name of a Service does. */
export function misnamed(index: SnapshotIndex, host: string, home: string): Misnamed | undefined {
  const labels = host.toLowerCase().split(".");
  const [name = "", namespace = "", third, ...rest] = labels;
  if (namespace === "svc") return withoutNamespace(index, { name, home, zone: labels.slice(2).join(".") });
  if (third === undefined || index.byName("Service", namespace, name) === undefined) return undefined;
  const zone = rest.join(".");
  const full = (tail: string) => `${name}.${namespace}.svc${tail === "" ? "" : `.${tail}`}`;
  if (third === "svc") return wrongZone(zone, full(ZONE));
  if ([third, ...rest].join(".") === ZONE)
    return { words: `lacks svc before ${ZONE}`, right: full(ZONE), certain: true };
  if (!SVC.test(third) || (zone !== "" && zone !== ZONE)) return undefined;
  return { words: `has ${third} where the name of a Service has svc`, right: full(zone), certain: true };
}

interface Short {
  readonly name: string;
  readonly home: string;
  readonly zone: string;
}

function withoutNamespace(index: SnapshotIndex, { name, home, zone }: Short): Misnamed | undefined {
  if (index.byName("Service", home, name) === undefined || (zone !== "" && zone !== ZONE)) return undefined;
  return { words: "lacks the namespace before svc", right: `${name}.${home}.svc.${ZONE}`, certain: true };
}

function wrongZone(zone: string, right: string): Misnamed | undefined {
  const near = zone === "cluster" || zone === "local" || nearestName(zone, [ZONE]) !== undefined;
  return near ? { words: `ends in ${zone}, not in the zone ${ZONE}`, right, certain: false } : undefined;
}
