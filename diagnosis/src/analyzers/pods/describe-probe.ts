import { type Json, valueAt } from "../../snapshot/json.ts";
import { ASKING_HANDLERS } from "../../snapshot/probes.ts";

/** `httpGet :9090/ready`, `tcpSocket :6379`, `exec`: without headers, query or command text. */
export function describeProbe(probe: Json): string {
  const kind = [...ASKING_HANDLERS, "exec"].find((name) => probe[name] !== undefined) ?? "unknown";
  const port = valueAt(probe, kind, "port");
  const path = String(valueAt(probe, kind, "path") ?? "").split("?", 1)[0];
  return port === undefined ? kind : `${kind} :${String(port)}${path}`;
}
