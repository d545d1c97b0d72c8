import { type ActionOf, deny } from "@sre-agent/crds";
import { MARK_PATHS, markedPatch, markLanded } from "./marker.ts";
import { type Planner, writeFor } from "./plan.ts";

/** Sets the replica count through the main resource, so that our annotation goes in the same patch. */
export const scale: Planner<ActionOf<"Scale">> = {
  plan(action, { target }, marker) {
    const current = target.spec?.replicas;
    const { replicas } = action.parameters;
    if (current === undefined)
      return deny("STALE", `${action.target.kind}/${action.target.name} has no replica count.`);
    if (current === replicas)
      return deny("STALE", `${action.target.kind}/${action.target.name} is at ${replicas} already.`);
    // The grammar has no scaling to zero, so what stands at zero could not be put back.
    if (current === 0) return deny("NO_INVERSE", "Scaling up from zero could not be undone.");
    const write = writeFor(action);
    if ("code" in write) return write;
    const change = { path: "/spec/replicas", from: current, to: replicas };
    return {
      premise: { uid: target.metadata.uid, replicas: String(current) },
      preImage: { replicas: String(current) },
      inverse: { ...action, parameters: { replicas: current } },
      diff: [`- spec.replicas: ${current}`, `+ spec.replicas: ${replicas}`],
      write,
      effect: {
        kind: "patch",
        patch: markedPatch(target, marker, change),
        declares: ["/spec/replicas", ...MARK_PATHS],
      },
    };
  },
  landed: (action, live, marker) => markLanded(live, action.target.uid, marker),
};
