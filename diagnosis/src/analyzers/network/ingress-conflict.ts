import { lastEdit } from "../../changes/last-edit.ts";
import { type Draft, draft, fromTenant } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectAt, objectsAt, textAt } from "../../snapshot/json.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

/** One path of an Ingress, and who gets its requests. */
interface Claim {
  readonly ingress: SnapshotObject;
  /** Class, host, path and its type: equal for claims that exclude each other. */
  readonly key: string;
  readonly words: string;
  readonly backend: string;
}

/** Ingresses that claim one path of one host for different Services: which of them wins is the controller's secret. */
export function ingressConflict(index: SnapshotIndex): readonly Draft[] {
  const claims = index.ofKind("Ingress").filter(isPlain).flatMap(claimsOf);
  return [...Map.groupBy(claims, ({ key }) => key).values()].flatMap((group) => {
    const [first] = group;
    const rival = group.find(({ ingress, backend }) => ingress !== first?.ingress && backend !== first?.backend);
    return first === undefined || rival === undefined ? [] : [conflictFinding(first, rival)];
  });
}

/** Some controllers share a path between Ingresses on purpose, and say so in annotations. */
function isPlain({ metadata }: SnapshotObject): boolean {
  return !Object.keys(metadata.annotations ?? {}).some((name) =>
    /canary|weight|traffic|action|condition|priority/i.test(name),
  );
}

function claimsOf(ingress: SnapshotObject): readonly Claim[] {
  const className = textAt(ingress, "spec", "ingressClassName") ?? "";
  return objectsAt(ingress, "spec", "rules").flatMap((rule) =>
    objectsAt(rule, "http", "paths").map((entry) => {
      const [host, path] = [textAt(rule, "host") ?? "*", textAt(entry, "path") ?? "/"];
      const type = textAt(entry, "pathType") ?? "";
      const { name, port } = objectAt(entry, "backend", "service");
      const backend = `Service/${String(name)} port ${String(objectAt(port)["name"] ?? objectAt(port)["number"])}`;
      const home = ingress.metadata.namespace ?? "";
      return {
        ingress,
        key: JSON.stringify([className, host, path, type]),
        words: `${host}${path}`,
        backend: `${backend} in namespace ${home}`,
      };
    }),
  );
}

function conflictFinding(first: Claim, rival: Claim): Draft {
  const [one, other] = [first, rival].map(({ ingress }) => `Ingress/${ingress.metadata.name}`);
  const path = `spec.rules[${first.words}].backend.service`;
  return draft({
    analyzer: "ingress-conflict",
    layer: "apart",
    severity: "warning",
    subject: first.ingress,
    causeKey: [first.key, rival.ingress.metadata.name],
    cause: `${one} and ${other} both claim ${first.words}: for ${first.backend} and for ${rival.backend}; one of them gets no requests`,
    symptom: "claims what another Ingress claims",
    evidence: [first, rival].map(({ ingress, backend }) => fromTenant(ingress, path, backend)),
    change: lastEdit(first.ingress, "spec.rules") ?? lastEdit(rival.ingress, "spec.rules"),
    fix: decision(`decide who should serve ${first.words}, and take it out of the other Ingress`),
  });
}
