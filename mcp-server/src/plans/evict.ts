import type { ActionOf } from "@sre-agent/crds";
import { deny } from "@sre-agent/crds";
import { controllerOf } from "../facts/workload.ts";
import { type Planner, writeFor } from "./plan.ts";

/** Evicts one pod through the eviction API; its controller brings another. */
export const evict: Planner<ActionOf<"Evict">> = {
  plan(action, { target }) {
    const owner = controllerOf(target);
    if (!owner) return deny("TARGET_NOT_OURS", `Pod/${action.target.name} has no controller.`);
    const write = writeFor(action);
    if ("code" in write) return write;
    const { uid } = target.metadata;
    return {
      premise: { uid, owner: owner.uid },
      preImage: { ownerApiVersion: owner.apiVersion, ownerKind: owner.kind, ownerName: owner.name },
      diff: [`Pod/${action.target.name}: evicted; ${owner.kind}/${owner.name} brings another`],
      write,
      effect: { kind: "evict", uid },
    };
  },
  /** A pod of another uid is its successor. */
  landed: (action, live) =>
    live?.metadata.uid === action.target.uid && live.metadata.deletionTimestamp === undefined ? "no" : "yes",
};
