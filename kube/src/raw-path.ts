import type { CallOptions } from "./access.ts";
import { KubeError } from "./error.ts";
import type { Transport } from "./transport.ts";

/** An allow-list: any path of objects could be a Secret's, and its answer would pass by the redaction. */
const ALLOWED: readonly RegExp[] = [
  /^\/(version|metrics|openapi\/v2|openapi\/v3)$/,
  /^\/(healthz|livez|readyz)(\/[\w.-]+)*$/,
  /^\/(api|api\/v1|apis|apis\/[\w.-]+|apis\/[\w.-]+\/v\w+)$/,
  /^\/apis\/((custom|external)\.)?metrics\.k8s\.io\/v\w+(\/[\w.:*-]+)+$/,
  /^\/api\/v1\/nodes\/[\w.-]+\/proxy\/(stats\/summary|metrics(\/(cadvisor|probes|resource))?)$/,
];

/** GET of a path that serves no stored objects. @throws KubeError INVALID for any other path. */
export async function readRaw(transport: Transport, path: string, options: CallOptions): Promise<unknown> {
  const [pathOnly = "", query = ""] = path.split("?", 2);
  const dotted = pathOnly.split("/").some((part) => part === "." || part === "..");
  if (dotted || !ALLOWED.some((pattern) => pattern.test(pathOnly))) {
    throw new KubeError(`${pathOnly} may hold objects: read those with get or list.`, { code: "INVALID" });
  }
  const text = await transport.text({
    ...options,
    method: "GET",
    path: pathOnly,
    query: Object.fromEntries(new URLSearchParams(query)),
    accept: "application/json, text/plain;q=0.9, */*;q=0.8",
  });
  return parseOrText(text);
}

function parseOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
