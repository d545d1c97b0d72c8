import { type ActionOf, type Denial, deny, digestOf } from "@sre-agent/crds";
import { ownedBy, type PodTemplate, revisionOf, type Workload } from "../facts/workload.ts";
import { MARK_PATHS, markedPatch, markLanded } from "./marker.ts";
import { type Live, type Plan, type Planner, writeFor } from "./plan.ts";
import { renderDiff } from "./render-diff.ts";

const HASH_LABEL = "pod-template-hash";

/** Returns a Deployment's pod template to that of one of its ReplicaSets, as `kubectl rollout undo` does. */
export const rollback: Planner<ActionOf<"Rollback">> = {
  plan(action, live, marker) {
    const { toRevision } = action.parameters;
    const current = live.target.spec?.template;
    const revision = revisionOf(live.target);
    if (!current || revision === undefined) return noRevision("The Deployment has no recorded revision yet.");
    const source = ownReplicaSets(live).find((replicaSet) => revisionOf(replicaSet) === toRevision);
    const template = source && templateOf(source);
    if (!source || !template) return noRevision(`Revision ${toRevision} is not recorded.`);
    if (sameTemplate(template, current)) return noRevision(`Revision ${toRevision} is what runs now.`);
    const write = writeFor(action);
    if ("code" in write) return write;
    const change = { path: "/spec/template", from: current, to: template };
    return {
      premise: premiseOf(live.target, { revision, current, template, source }),
      preImage: { revision: String(revision), templateHash: digestOf(current) },
      // The ReplicaSet that runs now keeps its revision number, so that number leads back to it.
      inverse: { ...action, parameters: { toRevision: revision } },
      diff: renderDiff(current, template),
      write,
      effect: {
        kind: "patch",
        patch: markedPatch(live.target, marker, change),
        declares: ["/spec/template", ...MARK_PATHS],
      },
    } satisfies Plan;
  },
  landed: (action, live, marker) => markLanded(live, action.target.uid, marker),
};

/** The newest recorded revision before the present one whose template differs. */
export function previousRevision(live: Live): number | Denial {
  const current = live.target.spec?.template;
  const revision = revisionOf(live.target);
  if (!current || revision === undefined) return noRevision("The Deployment has no recorded revision yet.");
  const earlier = ownReplicaSets(live)
    .filter((replicaSet) => differs(replicaSet, current) && (revisionOf(replicaSet) ?? revision) < revision)
    .map((replicaSet) => revisionOf(replicaSet) ?? 0);
  return earlier.length === 0 ? noRevision("No earlier revision is recorded.") : Math.max(...earlier);
}

const noRevision = (message: string) => deny("NO_PREVIOUS_REVISION", message);

function ownReplicaSets({ target, replicaSets }: Live): readonly Workload[] {
  return replicaSets.filter(ownedBy(target.metadata.uid));
}

function differs(replicaSet: Workload, current: PodTemplate): boolean {
  const template = templateOf(replicaSet);
  return template !== undefined && !sameTemplate(template, current);
}

/** The template as the Deployment had it: the controller added the hash label to its copy. */
function templateOf({ spec }: Workload): PodTemplate | undefined {
  if (!spec?.template) return undefined;
  const { [HASH_LABEL]: _hash, ...labels } = spec.template.metadata?.labels ?? {};
  return { ...spec.template, metadata: { ...spec.template.metadata, labels } };
}

function sameTemplate(a: PodTemplate, b: PodTemplate): boolean {
  return digestOf(withoutNulls(a)) === digestOf(withoutNulls(b));
}

interface Between {
  readonly revision: number;
  readonly current: PodTemplate;
  readonly template: PodTemplate;
  readonly source: Workload;
}

function premiseOf({ metadata }: Workload, { revision, current, template, source }: Between) {
  return {
    uid: metadata.uid,
    revision: String(revision),
    templateHash: digestOf(withoutNulls(current)),
    toTemplateHash: digestOf(withoutNulls(template)),
    replicaSet: source.metadata.uid,
  };
}

/** `creationTimestamp: null` comes and goes with the version of the API server. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, item]) => (item === null ? [] : [[name, withoutNulls(item)]])),
  );
}
