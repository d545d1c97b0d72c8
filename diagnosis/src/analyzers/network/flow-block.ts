import type { Fix } from "@sre-agent/crds";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

/** Why a policy does not let a flow pass, and the least that would. */
export interface Block {
  readonly policy: SnapshotObject;
  /** After `NetworkPolicy/api`. */
  readonly words: string;
  readonly path: string;
  readonly value: string;
  /** Its text shows what was meant: a port or a label beside the right one, or nothing at all for these pods alone. */
  readonly evident: boolean;
  readonly fix: Fix;
}

/** What a policy does with a flow that it lets pass. */
export const VERB = { ingress: "admits", egress: "lets out" } as const;
