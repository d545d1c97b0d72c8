import type { Fix } from "@sre-agent/crds";
import { decision, patchFix } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import type { AddressFault } from "./address-fault.ts";
import type { Call } from "./clients.ts";
import { type Address, readdressed } from "./plain-address.ts";
import { servicePortsOf } from "./pod-ports.ts";

/** The setting with the one right host or port; only where its whole value may be shown. */
export function addressFix(index: SnapshotIndex, call: Call, { right, decide }: AddressFault): Fix {
  const { source, setting, host } = call;
  const words = right && (right.host ?? `${host}:${right.port}`);
  const summary = words === undefined ? decide : `${decide}: ${words}`;
  const to = setting && right && corrected(call, setting.value, right);
  if (setting === undefined || to === undefined || isClosed(index, call, right?.host)) return decision(summary);
  return patchFix(source, [{ path: setting.pointer, from: setting.value, to }], summary);
}

function corrected({ host, port, portAt }: Call, value: string, right: Partial<Address>): string | undefined {
  const isPort = portAt !== undefined && right.port !== undefined;
  return isPort ? String(right.port) : readdressed(value, { host, port }, right);
}

/** The Service that is meant has no such port either. */
function isClosed(index: SnapshotIndex, call: Call, right: string | undefined): boolean {
  const open = right === undefined ? undefined : portsOf(index, call, right);
  return call.explicitPort && call.port !== undefined && open !== undefined && !open.includes(call.port);
}

/** The ports of the Service that is meant instead. */
function portsOf(index: SnapshotIndex, { client }: Call, host: string): readonly number[] | undefined {
  const [name = "", namespace] = host.split(".");
  const service = index.byName("Service", namespace ?? client.metadata.namespace, name);
  return service === undefined ? undefined : servicePortsOf(service).map(({ port }) => port);
}
