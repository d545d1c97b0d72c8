import type { Severity } from "@sre-agent/crds";
import { lastEdit } from "../../changes/last-edit.ts";
import { type Draft, draft, fromControlPlane, fromTenant, subjectOf } from "../../findings/draft.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { type Json, objectsAt, textAt, textsAt, valueAt } from "../../snapshot/json.ts";
import { matchesSelector } from "../../snapshot/label-selector.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { type Broken, brokenBackend, refused, type Webhook } from "./broken-webhook.ts";
import { deadlock, emptyBackings } from "./webhook-deadlock.ts";
import { type Refusal, refusalsIn } from "./webhook-refusals.ts";

const KINDS = ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"];

/** Admission webhooks that cannot answer: with failurePolicy Fail nothing that they are asked about can be written. */
export function webhook(index: SnapshotIndex): readonly Draft[] {
  const webhooks = KINDS.flatMap((kind) => index.ofKind(kind)).flatMap(webhooksOf);
  const refusals = refusalsIn(index);
  return webhooks.flatMap((one) => {
    const said = refusals.filter(({ name }) => name === one.name);
    const broken = brokenBackend(index, one) ?? refused(one, said);
    return broken === undefined ? [] : [webhookFinding(index, one, { broken, said })];
  });
}

function webhooksOf(configuration: SnapshotObject): readonly Webhook[] {
  return objectsAt(configuration, "webhooks").map((spec, position) => ({
    ...{ configuration, spec, position },
    name: textAt(spec, "name") ?? "",
  }));
}

interface Found {
  readonly broken: Broken;
  readonly said: readonly Refusal[];
}

function webhookFinding(index: SnapshotIndex, one: Webhook, { broken: found, said }: Found): Draft {
  const { configuration, spec, name } = one;
  const policy = textAt(spec, "failurePolicy") ?? "Fail";
  const blocked = blockedBy(index, one, said);
  const refuses = policy === "Fail" ? blocked : [];
  const broken = deadlock(index, one, refuses) ?? found;
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
    accountsFor: [...refuses, ...emptyBackings(index, refuses).map(({ service }) => service)],
    evidence: [
      fromTenant(configuration, broken.path, broken.value),
      fromTenant(configuration, `webhooks[${name}].failurePolicy`, policy),
      ...(first ? [fromControlPlane(first.object, first.path, first.line)] : []),
    ],
    explains: refuses.map((one) => ({ subject: subjectOf(one), symptom: "its pods cannot be created" })),
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
