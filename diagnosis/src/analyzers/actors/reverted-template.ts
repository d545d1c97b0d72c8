import { changesOf, describeChange, revisionsOf } from "../../changes/changes-of.ts";
import { lastWrite, type Write } from "../../changes/last-write.ts";
import { type Draft, draft, fromControlPlane } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import { health } from "../../health.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { isRecent } from "../../snapshot/recency.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

const HISTORY = "deployment.kubernetes.io/revision-history";
/** One return is a rollback. */
const MIN_RETURNS = 2;
/** Tools that write what a person tells them at that moment. */
const BY_HAND = /^(?:kubectl|sre-agent|k9s|lens|mozilla|rancher)/i;

/**
 * Deployments whose template goes back and forth, where a program wrote last: somebody repairs, and a controller that
 * has the template from elsewhere writes it again.
 */
export function revertedTemplate(index: SnapshotIndex): readonly Draft[] {
  return index.ofKind("Deployment").flatMap((deployment) => {
    const written = lastWrite(deployment, "spec", "template");
    const returns = returnsOf(index, deployment);
    if (written === undefined || returns.length < MIN_RETURNS || BY_HAND.test(written.by)) return [];
    return isRecent(index, written.at, "person") ? [revertFinding(index, deployment, written)] : [];
  });
}

/** The earlier revisions that recorded templates have had: the controller keeps one record for equal templates. */
function returnsOf(index: SnapshotIndex, deployment: SnapshotObject): readonly string[] {
  return revisionsOf(index, deployment).flatMap(({ record }) =>
    (record.metadata.annotations?.[HISTORY] ?? "").split(",").filter((number) => number !== ""),
  );
}

function revertFinding(index: SnapshotIndex, deployment: SnapshotObject, { at, by }: Write): Draft {
  const [change] = changesOf(index, deployment);
  const what = change?.changes.slice(0, 3).map(describeChange).join(" and ");
  const source = sourceOf(deployment);
  const who = `manager ${by}${source === undefined ? "" : ` (${source})`}`;
  const records = revisionsOf(index, deployment).filter(({ record }) => record.metadata.annotations?.[HISTORY]);
  return draft({
    analyzer: "reverted-template",
    layer: "setting",
    severity: health(index, deployment).severity > 0 ? "error" : "warning",
    subject: deployment,
    causeKey: [by],
    cause: `the template of Deployment ${deployment.metadata.name} goes back and forth, and ${who} wrote it last${what ? `: revision ${change?.to} ${what}` : ""}; it writes again what is repaired on the cluster alone`,
    symptom: "its template goes back and forth",
    evidence: [
      fromControlPlane(deployment, `metadata.managedFields[${by}].time`, at),
      ...records.map(({ record }) =>
        fromControlPlane(record, `metadata.annotations[${HISTORY}]`, record.metadata.annotations?.[HISTORY] ?? ""),
      ),
    ],
    fix: decision(`change the template where ${who} takes it from, or pause that; then repair the Deployment`),
  });
}

/** How deployment tools mark what they own. */
const SOURCES: readonly (readonly [string, string])[] = [
  ["argocd.argoproj.io/tracking-id", "Argo CD application"],
  ["argocd.argoproj.io/instance", "Argo CD application"],
  ["kustomize.toolkit.fluxcd.io/name", "Flux Kustomization"],
  ["helm.toolkit.fluxcd.io/name", "Flux HelmRelease"],
  ["meta.helm.sh/release-name", "Helm release"],
  ["app.kubernetes.io/managed-by", "managed by"],
];

function sourceOf({ metadata }: SnapshotObject): string | undefined {
  const marks: Readonly<Record<string, unknown>> = { ...metadata.labels, ...metadata.annotations };
  const found = SOURCES.find(([key]) => typeof marks[key] === "string");
  return found && `${found[1]} ${String(marks[found[0]]).split(":")[0]}`;
}
