import type { Fix, Severity } from "@sre-agent/crds";
import { lastEdit } from "../../changes/last-edit.ts";
import { clip, type Draft, draft, fromControlPlane, fromTenant, subjectOf } from "../../findings/draft.ts";
import { decision, patchFix } from "../../findings/fix.ts";
import { eventMessage, eventTime } from "../../snapshot/events.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { type Json, objectAt, objectsAt, textAt, textsAt, valueAt } from "../../snapshot/json.ts";
import { matchesSelector } from "../../snapshot/label-selector.ts";
import { isSlip, nearestName } from "../../snapshot/nearest-name.ts";
import { condition, isReady } from "../../snapshot/pod-state.ts";
import { isRecent } from "../../snapshot/recency.ts";
import { sees } from "../../snapshot/scope.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { backingsOf } from "../network/backing.ts";

/** One webhook of a configuration. */
interface Webhook {
  readonly configuration: SnapshotObject;
  readonly spec: Json;
  readonly position: number;
  readonly name: string;
}

/** Why it cannot answer. */
interface Broken {
  readonly key: string;
  readonly words: string;
  readonly path: string;
  readonly value: string;
  readonly restsOn: readonly SnapshotObject[];
  readonly fix: Fix;
}

const KINDS = ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"];

/** Admission webhooks that cannot answer: with failurePolicy Fail nothing that they are asked about can be written. */
export function webhook(index: SnapshotIndex): readonly Draft[] {
  const webhooks = KINDS.flatMap((kind) => index.ofKind(kind)).flatMap(webhooksOf);
  const refusals = refusalsIn(index);
  const known = webhooks.flatMap((one) => {
    const said = refusals.filter(({ name }) => name === one.name);
    const broken = brokenBackend(index, one) ?? refused(one, said);
    return broken === undefined ? [] : [webhookFinding(index, one, { broken, said })];
  });
  return known;
}

function webhooksOf(configuration: SnapshotObject): readonly Webhook[] {
  return objectsAt(configuration, "webhooks").map((spec, position) => ({
    ...{ configuration, spec, position },
    name: textAt(spec, "name") ?? "",
  }));
}

/** What the API server said about a webhook that it could not ask. */
interface Refusal {
  readonly name: string;
  readonly object: SnapshotObject;
  readonly path: string;
  readonly line: string;
  readonly workload: SnapshotObject | undefined;
}

const FAILED = /failed calling webhook "([^"]+)"/;

/** In events, and in the conditions of workloads whose pods could not be created. */
function refusalsIn(index: SnapshotIndex): readonly Refusal[] {
  const events = index
    .ofKind("Event")
    .filter((event) => isRecent(index, eventTime(event), "controller"))
    .map((event) => ({ object: event, path: "message", line: eventMessage(event), workload: involved(index, event) }));
  const conditions = ["ReplicaSet", "Deployment"].flatMap((kind) =>
    index.ofKind(kind).map((object) => ({
      ...{ object, path: "status.conditions[ReplicaFailure].message", workload: index.rootOf(object) },
      line: textAt(condition(object, "ReplicaFailure"), "message") ?? "",
    })),
  );
  return [...events, ...conditions].flatMap((one) => {
    const [, name] = FAILED.exec(one.line) ?? [];
    return name === undefined ? [] : [{ ...one, name }];
  });
}

function involved(index: SnapshotIndex, event: SnapshotObject): SnapshotObject | undefined {
  const about = { ...objectAt(event, "involvedObject"), ...objectAt(event, "regarding") };
  const [kind, namespace, name] = ["kind", "namespace", "name"].map((field) => textAt(about, field));
  const object = index.byName(kind ?? "", namespace, name ?? "");
  return object && index.rootOf(object);
}

function brokenBackend(index: SnapshotIndex, webhook: Webhook): Broken | undefined {
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
function refused({ spec }: Webhook, [said]: readonly Refusal[]): Broken | undefined {
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

interface Found {
  readonly broken: Broken;
  readonly said: readonly Refusal[];
}

function webhookFinding(index: SnapshotIndex, one: Webhook, { broken, said }: Found): Draft {
  const { configuration, spec, name } = one;
  const policy = textAt(spec, "failurePolicy") ?? "Fail";
  const blocked = blockedBy(index, one, said);
  const [first] = said;
  const effect =
    policy === "Fail"
      ? `with failurePolicy Fail ${resourcesOf(spec)} cannot be written`
      : `with failurePolicy ${policy} it is skipped`;
  return draft({
    analyzer: "webhook",
    layer: "apart",
    severity: severityOf(index, one, { blocked, said }),
    subject: configuration,
    causeKey: [name, broken.key],
    cause: `${configuration.kind}/${configuration.metadata.name}: webhook ${name} ${broken.words}; ${effect}`,
    symptom: `webhook ${name} cannot be called`,
    restsOn: broken.restsOn,
    accountsFor: policy === "Fail" ? blocked : [],
    evidence: [
      fromTenant(configuration, broken.path, broken.value),
      fromTenant(configuration, `webhooks[${name}].failurePolicy`, policy),
      ...(first ? [fromControlPlane(first.object, first.path, first.line)] : []),
    ],
    explains:
      policy === "Fail"
        ? blocked.map((one) => ({ subject: subjectOf(one), symptom: "its pods cannot be created" }))
        : [],
    change: lastEdit(configuration, "webhooks"),
    fix: broken.fix,
  });
}

/** A check that is skipped stops nobody, what should be put into pods is missed; one for no namespace here stops nobody either. */
function severityOf(
  index: SnapshotIndex,
  { configuration, spec }: Webhook,
  { blocked, said }: { readonly blocked: readonly SnapshotObject[]; readonly said: readonly Refusal[] },
): Severity {
  if (blocked.length > 0 && textAt(spec, "failurePolicy") !== "Ignore") return "critical";
  if (!concerns(index, spec)) return "info";
  if (textAt(spec, "failurePolicy") === "Ignore")
    return configuration.kind === "ValidatingWebhookConfiguration" ? "info" : "warning";
  return said.length > 0 ? "critical" : "error";
}

/** Whether it is asked about anything in the namespaces that were read. */
function concerns(index: SnapshotIndex, spec: Json): boolean {
  const selector = valueAt(spec, "namespaceSelector");
  const homes = index.snapshot.namespaces.flatMap((name) => index.byName("Namespace", undefined, name) ?? []);
  if (selector === undefined || homes.length < index.snapshot.namespaces.length) return true;
  return homes.some(({ metadata }) => matchesSelector(selector, metadata.labels ?? {}));
}

function resourcesOf(spec: Json): string {
  const names = objectsAt(spec, "rules").flatMap((rule) => textsAt(rule, "resources"));
  return [...new Set(names)].slice(0, 5).join(", ") || "objects";
}

/** The workloads whose pods it keeps from being created: by what the API server said. */
function blockedBy(index: SnapshotIndex, { spec }: Webhook, said: readonly Refusal[]): readonly SnapshotObject[] {
  const selector = valueAt(spec, "namespaceSelector");
  const workloads = said.flatMap(({ workload }) => workload ?? []);
  return [...new Set(workloads)].filter(({ metadata }) => {
    const namespace = index.byName("Namespace", undefined, metadata.namespace ?? "");
    return namespace === undefined || selector === undefined || matchesSelector(selector, namespace.metadata.labels);
  });
}
