import type { Action, Denial } from "@sre-agent/crds";
import type { Facts } from "../facts/facts.ts";

/** One rule, stated in the positive; null when the action keeps it. Pure: everything it knows is in `facts`. */
export type Guard = (action: Action, facts: Facts) => Denial | null;
