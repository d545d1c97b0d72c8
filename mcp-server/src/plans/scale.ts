import { type ActionOf, deny } from "@sre-agent/crds";
import { MARK_PATHS, markedPatch, markLanded } from "./marker.ts";
import { type Live, type Undoable, writeFor } from "./plan.ts";
import { recordedReplicas } from "./recorded-replicas.ts";

/** Sets the replica count through the main resource, so that our annotation goes in the same patch. */
export const scale: Undoable<ActionOf<"Scale">> = {
  plan(action, live, marker) {
    const { target } = live;
    const current = target.spec?.replicas;
    const { replicas } = action.parameters;
    if (current === undefined)
      return deny("STALE", `${action.target.kind}/${action.target.name} has no replica count.`);
    if (current === replicas)
      return deny("STALE", `${action.target.kind}/${action.target.name} is at ${replicas} already.`);
    const write = writeFor(action);
    if ("code" in write) return write;
    const change = { path: "/spec/replicas", from: current, to: replicas };
    return {
      premise: { uid: target.metadata.uid, replicas: String(current) },
      preImage: { replicas: String(current) },
      // The grammar has no way to zero. What stood there served nobody, so there is nothing to put back.
      ...(current === 0 ? {} : { inverse: { ...action, parameters: { replicas: current } } }),
      diff: [`- spec.replicas: ${current}`, `+ spec.replicas: ${replicas}`, ...whence(live, replicas)],
      write,
      effect: {
        kind: "patch",
        patch: markedPatch(target, marker, change),
        declares: ["/spec/replicas", ...MARK_PATHS],
      },
    };
  },
  landed: (action, live, marker) => markLanded(live, action.target.uid, marker),
  stands: (action, { target }) => target.spec?.replicas === action.parameters.replicas,
};

/** Where the count comes from, for whoever approves the way back from zero. */
function whence(live: Live, replicas: number): readonly string[] {
  if (live.target.spec?.replicas !== 0) return [];
  const recorded = recordedReplicas(live);
  return recorded?.count === replicas ? [`${replicas} is the last recorded count: ${recorded.source}.`] : [];
}
