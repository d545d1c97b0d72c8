import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectsAt, textAt, textsAt, valueAt } from "../../snapshot/json.ts";
import { podSpecOf, podSpecPath, podSpecPointer } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { latestUnresolved } from "./client-trouble.ts";
import type { Call } from "./clients.ts";
import { clusterDns } from "./name-server.ts";

/** A short name that a resolver does not complete to that of a Service. */
export interface Incomplete {
  readonly call: Call;
  readonly path: string;
  readonly value: string;
  /** After `has PATH VALUE`. */
  readonly words: string;
  readonly pointer: string;
  readonly from: unknown;
  readonly to: unknown;
}

const ZONE = "cluster.local";

/** By its search domains, where its own replace those of the cluster; by ndots, where the client says so. */
export function incompleteName(
  index: SnapshotIndex,
  client: SnapshotObject,
  calls: readonly Call[],
): Incomplete | undefined {
  const found = calls.find((call) => lacksDomain(client, call) && isSure(index, call));
  return (found && withoutDomain(client, found)) ?? withFewDots(index, client, calls);
}

/** A name server of somebody's own may know short names. */
function isSure(index: SnapshotIndex, { client, host }: Call): boolean {
  const address = textAt(clusterDns(index), "spec", "clusterIP");
  const asksCluster = address !== undefined && configured(client, "nameservers").includes(address);
  return asksCluster || latestUnresolved(index, client, host) !== undefined;
}

function configured(client: SnapshotObject, field: string): readonly string[] {
  return textsAt(podSpecOf(client), "dnsConfig", field);
}

/** What has to follow the name for that of the Service; undefined for a whole name. */
function rest({ host, target, client }: Call): string | undefined {
  const labels = host.split(".");
  if (target === undefined || labels.length > 3) return undefined;
  return [target.name, target.namespace, "svc", ZONE].slice(labels.length).join(".") || client.metadata.namespace;
}

/** Only a pod of dnsPolicy None is without the cluster's own search domains. */
function lacksDomain(client: SnapshotObject, call: Call): boolean {
  const domain = rest(call);
  if (textAt(podSpecOf(client), "dnsPolicy") !== "None" || domain === undefined) return false;
  const own = configured(client, "searches");
  // A cluster of another zone has other domains.
  return !own.includes(domain) && !own.some((one) => one.startsWith(domain.replace(ZONE, "")) && domain !== ZONE);
}

function withoutDomain(client: SnapshotObject, call: Call): Incomplete {
  const own = configured(client, "searches");
  const home = `${client.metadata.namespace}.svc.${ZONE}`;
  const to = [...new Set([home, `svc.${ZONE}`, ZONE, ...own])];
  return {
    ...{ call, to, from: valueAt(podSpecOf(client), "dnsConfig", "searches") },
    path: `${podSpecPath(client)}.dnsConfig.searches`,
    pointer: `${podSpecPointer(client)}/dnsConfig/searches`,
    value: own.join(", ") || "(none)",
    words: `with dnsPolicy None, which lacks ${rest(call)}`,
  };
}

/** Resolvers like musl's take a name of that many dots for a whole one. */
function withFewDots(index: SnapshotIndex, client: SnapshotObject, calls: readonly Call[]): Incomplete | undefined {
  const options = objectsAt(podSpecOf(client), "dnsConfig", "options");
  const position = options.findIndex(({ name }) => name === "ndots");
  const value = textAt(options[position], "value") ?? "";
  const call = calls.find(
    ({ host, client: caller }) =>
      host.split(".").length <= 3 && host.split(".").length > Number(value) && latestUnresolved(index, caller, host),
  );
  if (position < 0 || value === "" || call === undefined) return undefined;
  return {
    ...{ call, value, from: value, to: "5" },
    path: `${podSpecPath(client)}.dnsConfig.options[ndots]`,
    pointer: `${podSpecPointer(client)}/dnsConfig/options/${position}/value`,
    words: "which takes a name of so many dots for a whole one",
  };
}
