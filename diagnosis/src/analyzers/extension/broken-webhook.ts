import type { Fix } from "@sre-agent/crds";
import { clip } from "../../findings/draft.ts";
import { decision, patchFix } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { type Json, objectsAt, textAt, valueAt } from "../../snapshot/json.ts";
import { isSlip, nearestName } from "../../snapshot/nearest-name.ts";
import { isReady } from "../../snapshot/pod-state.ts";
import { sees } from "../../snapshot/scope.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { backingsOf } from "../network/backing.ts";
import type { Refusal } from "./webhook-refusals.ts";

/** One webhook of a configuration. */
export interface Webhook {
  readonly configuration: SnapshotObject;
  readonly spec: Json;
  readonly position: number;
  readonly name: string;
}

/** Why it cannot answer. */
export interface Broken {
  readonly key: string;
  readonly words: string;
  readonly path: string;
  readonly value: string;
  readonly restsOn: readonly SnapshotObject[];
  readonly fix: Fix;
}

/** What keeps it from answering by its objects: no Service, no ready pod behind it, no such port. */
export function brokenBackend(index: SnapshotIndex, webhook: Webhook): Broken | undefined {
  const { spec } = webhook;
  const [name, namespace = ""] = [
    textAt(spec, "clientConfig", "service", "name"),
    textAt(spec, "clientConfig", "service", "namespace"),
  ];
  if (name === undefined || !sees(index, namespace) || !index.knows("Service")) return undefined;
  const service = index.byName("Service", namespace, name);
  const path = `webhooks[${textAt(spec, "name")}].clientConfig.service`;
  const base = { path, value: `${namespace}/${name}` };
  if (service === undefined) return withoutService(index, webhook, { ...base, name, namespace });
  const backing = backingsOf(index).find((one) => one.service === service);
  if (backing === undefined || backing.pods.some(isReady)) return wrongPort(spec, service, base);
  const owners = backing.workloads.map(({ kind, metadata }) => `${kind}/${metadata.name}`).join(", ") || "nothing";
  return {
    ...{ ...base, key: "endpoints", restsOn: [service, ...backing.workloads] },
    words: `calls Service/${name} in namespace ${namespace}, which has no ready endpoint (behind it: ${owners})`,
    fix: decision(`get ${owners} in namespace ${namespace} to run again`),
  };
}

interface Called extends Pick<Broken, "path" | "value"> {
  readonly name: string;
  readonly namespace: string;
}

function withoutService(index: SnapshotIndex, { configuration, position }: Webhook, called: Called): Broken {
  const { name, namespace, path, value } = called;
  const near = nearestName(
    name,
    index.inNamespace("Service", namespace).map(({ metadata }) => metadata.name),
  );
  const summary = `let ${configuration.kind}/${configuration.metadata.name} call a Service that exists`;
  const edit = { path: `/webhooks/${position}/clientConfig/service/name`, from: name, to: near };
  return {
    ...{ path, value, key: "service", restsOn: [] },
    words: `calls Service/${name} in namespace ${namespace}, which does not exist${near ? `; the nearest is Service/${near}` : ""}`,
    fix:
      near && isSlip(name, near)
        ? patchFix(configuration, [edit], `${summary}: ${near}`)
        : decision(`restore Service/${name} in namespace ${namespace} and what answers behind it`),
  };
}

function wrongPort(spec: Json, service: SnapshotObject, base: Pick<Broken, "path" | "value">): Broken | undefined {
  const asked = valueAt(spec, "clientConfig", "service", "port") ?? 443;
  const ports = objectsAt(service, "spec", "ports").map(({ port }) => port);
  if (ports.length === 0 || ports.includes(asked)) return undefined;
  return {
    ...{ ...base, key: "port", restsOn: [] },
    words: `calls port ${String(asked)} of Service/${service.metadata.name}, which has ${ports.join(", ")}`,
    fix: decision(`let the webhook call a port that Service/${service.metadata.name} has: ${ports.join(", ")}`),
  };
}

const WHYS: readonly (readonly [RegExp, string, string])[] = [
  [
    /x509: certificate has expired|not yet valid/,
    "its certificate is out of its dates",
    "renew the webhook's certificate",
  ],
  [
    /x509: certificate signed by unknown authority|unknown certificate/,
    "its caBundle does not match the certificate of its server",
    "put the CA that signed the webhook's certificate into caBundle",
  ],
  [
    /x509: certificate is (?:valid for|not valid)|doesn't contain any|cannot validate/,
    "its certificate is for another name",
    "issue the webhook's certificate for the name of its Service (NAME.NAMESPACE.svc)",
  ],
  [
    /deadline exceeded|Client\.Timeout|timed? ?out/,
    "its backend does not answer within its timeout",
    "find out why the webhook's server does not answer in time",
  ],
  [
    /connection refused/,
    "its server refuses the connection",
    "let the webhook's server listen on the port of its Service",
  ],
  [
    /service "[^"]+" not found|no endpoints available/,
    "its Service is missing or has no endpoints",
    "restore the Service and what answers behind it",
  ],
];

/** The server is there by its objects, and the API server could not talk to it. */
export function refused({ spec }: Webhook, [said]: readonly Refusal[]): Broken | undefined {
  if (said === undefined) return undefined;
  const [, words, fix] = WHYS.find(([pattern]) => pattern.test(said.line)) ?? [];
  const bundle = textAt(spec, "clientConfig", "caBundle") ?? "";
  const server = textAt(spec, "clientConfig", "service", "name") ?? "url";
  const target =
    server === "url"
      ? "a URL"
      : `Service/${server} in namespace ${textAt(spec, "clientConfig", "service", "namespace")}`;
  const tls = /x509/.test(said.line);
  return {
    key: words ?? "call",
    words: `calls ${target}, and cannot be called: ${words ?? clip(said.line.replace(/^.*failed calling webhook "[^"]+": /, ""), 300)}`,
    path: `webhooks[${textAt(spec, "name")}].clientConfig${tls ? ".caBundle" : ""}`,
    value: tls ? `${bundle.length} characters` : server,
    restsOn: [],
    fix: decision(fix ?? "repair the webhook's server"),
  };
}
