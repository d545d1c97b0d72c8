import {
  isRecord,
  matchesSelector,
  objectAt,
  objectsAt,
  type SnapshotIndex,
  type SnapshotObject,
  textAt,
} from "@sre-agent/diagnosis";
import { type Relate, relation, runsPods } from "./relation.ts";

const MAX_RESOURCES = 6;

/** Quotas and limits of the namespace that decide whether pods may be created. */
export const quotas: Relate = (index, object) => {
  if (!runsPods(object)) return [];
  const namespace = object.metadata.namespace ?? "";
  const limits = index.inNamespace("LimitRange", namespace).map(({ metadata }) => `LimitRange/${metadata.name}`);
  return relation("quotas", [...index.inNamespace("ResourceQuota", namespace).map(quotaText), ...limits]);
};

function quotaText(quota: SnapshotObject): string {
  const used = objectAt(quota, "status", "used");
  const hard = Object.entries(objectAt(quota, "status", "hard"));
  const shown = hard.slice(0, MAX_RESOURCES).map(([name, limit]) => `${name} ${used[name] ?? 0} of ${limit}`);
  return `ResourceQuota/${quota.metadata.name} (${shown.join(", ")})`;
}

/** Admission webhooks that are called for the object or its pods; with `Fail`, a webhook that is away stops them. */
export const webhooks: Relate = (index, object) => {
  const resources = [pluralOf(object.kind), ...(runsPods(object) ? ["pods"] : [])];
  const configurations = ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"].flatMap((kind) =>
    index.ofKind(kind),
  );
  const called = configurations.flatMap((configuration) =>
    objectsAt(configuration, "webhooks")
      .filter((webhook) => watches(webhook, resources) && reaches(index, webhook, object))
      .map((webhook) => {
        const kind = configuration.kind.replace("Configuration", "");
        return `${kind}/${textAt(webhook, "name")} (failurePolicy ${textAt(webhook, "failurePolicy") ?? "Fail"})`;
      }),
  );
  return relation("webhooks", called);
};

function watches(webhook: unknown, resources: readonly string[]): boolean {
  return objectsAt(webhook, "rules").some(({ resources: watched }) => {
    const names = Array.isArray(watched) ? watched.map((name) => String(name)) : [];
    return names.some((name) => name === "*" || name === "*/*" || resources.includes(name));
  });
}

function reaches(index: SnapshotIndex, webhook: unknown, { metadata }: SnapshotObject): boolean {
  const selector = objectAt(webhook, "namespaceSelector");
  const namespace = index.byName("Namespace", undefined, metadata.namespace ?? "");
  if (namespace !== undefined && !matchesSelector(selector, namespace.metadata.labels)) return false;
  const objects = isRecord(webhook) ? webhook["objectSelector"] : undefined;
  return objects === undefined || matchesSelector(objects, metadata.labels);
}

function pluralOf(kind: string): string {
  const lower = kind.toLowerCase();
  if (lower.endsWith("s")) return `${lower}es`;
  return lower.endsWith("y") ? `${lower.slice(0, -1)}ies` : `${lower}s`;
}
