import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { textAt, valueAt } from "../../snapshot/json.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { absentService } from "./absent-service.ts";
import { type AddressFault, advice, atPort } from "./address-fault.ts";
import type { Call } from "./clients.ts";
import { type Misnamed, misnamed } from "./cluster-name.ts";
import { servicePortsOf } from "./pod-ports.ts";
import { targetOf } from "./target.ts";

/** What is wrong with the address of a call; undefined where it may be right. */
export function wrongAddress(index: SnapshotIndex, call: Call): AddressFault | undefined {
  if (isOwnAlias(call)) return undefined;
  const odd = misnamed(index, call.host, call.client.metadata.namespace ?? "");
  if (odd !== undefined) return wrongName(call, odd);
  if (call.target === undefined) return undefined;
  const { namespace, name } = call.target;
  // The API server's own Service is always there, whoever may not see it.
  if (namespace === "default" && name === "kubernetes") return undefined;
  const service = index.byName("Service", namespace, name);
  if (service !== undefined) return wrongPort(index, call, service);
  // The Service that a StatefulSet names and lacks is a fault of the set, not of its callers.
  const set = index.inNamespace("StatefulSet", namespace).find((one) => textAt(one, "spec", "serviceName") === name);
  return set === undefined ? absentService(index, call) : undefined;
}

/** A name that the pod itself resolves. */
function isOwnAlias({ client, host }: Call): boolean {
  return JSON.stringify(valueAt(client, "spec", "template", "spec", "hostAliases") ?? "").includes(`"${host}"`);
}

function wrongName(call: Call, { words, right, certain }: Misnamed): AddressFault {
  return {
    ...advice(call),
    key: "form",
    words: `${call.host}, which ${words}: the name of the Service is ${right}`,
    near: certain,
    right: { host: right },
  };
}

/** A port that the Service does not have; of a headless one the pods answer on any port. */
function wrongPort(index: SnapshotIndex, call: Call, service: SnapshotObject): AddressFault | undefined {
  const target = behindAlias(index, service);
  const ports = servicePortsOf(target);
  const open = ports.map(({ port }) => port);
  if (textAt(target, "spec", "type") === "ExternalName" || valueAt(target, "spec", "clusterIP") === "None")
    return undefined;
  if (call.port === undefined || open.length === 0 || open.includes(call.port)) return undefined;
  const [only, ...others] = open;
  const right = others.length === 0 ? only : undefined;
  const stands = target === service ? "" : `, which stands for Service/${target.metadata.name}`;
  return {
    ...advice(atPort(call)),
    key: "port",
    words: `port ${call.port} of Service/${service.metadata.name}${stands}, which has ${ports.map(({ words }) => words).join(", ")}`,
    near: true,
    right: right === undefined ? undefined : { port: right },
  };
}

/** An alias takes the port along to the Service that it stands for. */
function behindAlias(index: SnapshotIndex, service: SnapshotObject): SnapshotObject {
  const alias = textAt(service, "spec", "externalName");
  const meant = alias === undefined ? undefined : targetOf(index, "", alias);
  return (meant && index.byName("Service", meant.namespace, meant.name)) ?? service;
}
