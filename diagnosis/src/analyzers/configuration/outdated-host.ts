import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectAt } from "../../snapshot/json.ts";
import { podSpecOf } from "../../snapshot/pod-template.ts";
import { referencesOf } from "../../snapshot/references.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { hostsBlamed, hostsInText } from "../network/addresses.ts";
import { complaints, isUnreached, type Said } from "../network/client-trouble.ts";

/** A host that a workload asks in vain, and that nothing it is configured with by now names: it has that from before. */
export interface OutdatedHost {
  readonly host: string;
  readonly said: Said;
}

export function outdatedHost(index: SnapshotIndex, workload: SnapshotObject): OutdatedHost | undefined {
  const told = configurationOf(index, workload);
  if (told === undefined) return undefined;
  for (const said of complaints(index, workload).filter(({ line }) => isUnreached(line) || VAIN.test(line))) {
    const hosts = [...hostsBlamed(said.line), ...hostsInText(said.line)].map(({ host }) => host);
    const named = [...hosts, ...[...said.line.matchAll(SOUGHT)].map(([, host = ""]) => host)];
    const host = named.find((one) => isName(one) && !told.includes(firstLabel(one)));
    if (host !== undefined) return { host: firstLabel(host), said };
  }
  return undefined;
}

const VAIN = /can't find|UnknownHost|NXDOMAIN/i;
/** As nslookup and resolvers of Java say it. */
const SOUGHT = /(?:can't find|UnknownHostException:) ([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)/gi;

function firstLabel(host: string): string {
  return host.split(".", 1)[0] ?? host;
}

function isName(host: string): boolean {
  return /^[a-z][a-z0-9.-]{2,}$/i.test(host);
}

/** Everything that it is told; undefined where a Secret, which nobody reads, may tell it more. */
function configurationOf(index: SnapshotIndex, workload: SnapshotObject): string | undefined {
  const spec = podSpecOf(workload);
  const references = referencesOf(spec);
  if (references.some(({ kind }) => kind === "Secret")) return undefined;
  const maps = references
    .filter(({ kind }) => kind === "ConfigMap")
    .map(({ name }) => objectAt(index.byName("ConfigMap", workload.metadata.namespace, name), "data"));
  return JSON.stringify([spec, ...maps]);
}
