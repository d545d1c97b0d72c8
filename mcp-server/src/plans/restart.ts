import { type ActionOf, deny, digestOf } from "@sre-agent/crds";
import { MARK_PATHS, markedPatch, markLanded } from "./marker.ts";
import { type Planner, writeFor } from "./plan.ts";

const RESTARTED_AT = "kubectl.kubernetes.io/restartedAt";

/** Replaces the pods one after the other, by the annotation that `kubectl rollout restart` sets. */
export const restart: Planner<ActionOf<"Restart">> = {
  plan(action, { target }, marker) {
    const current = target.spec?.template;
    if (!current) return deny("STALE", `${action.target.kind}/${action.target.name} has no pod template.`);
    const write = writeFor(action);
    if ("code" in write) return write;
    const annotations = { ...current.metadata?.annotations, [RESTARTED_AT]: action.parameters.restartedAt };
    const template = { ...current, metadata: { ...current.metadata, annotations } };
    const change = { path: "/spec/template", from: current, to: template };
    return {
      premise: { uid: target.metadata.uid, templateHash: digestOf(current) },
      preImage: { templateHash: digestOf(current) },
      diff: [`spec.template.metadata.annotations[${RESTARTED_AT}]: ${action.parameters.restartedAt}`],
      write,
      effect: {
        kind: "patch",
        patch: markedPatch(target, marker, change),
        declares: ["/spec/template", ...MARK_PATHS],
      },
    };
  },
  landed: (action, live, marker) => markLanded(live, action.target.uid, marker),
};
