import type { Action, Denial } from "@sre-agent/crds";
import type { Workload } from "../facts/workload.ts";
import { evict } from "./evict.ts";
import type { Live, Plan } from "./plan.ts";
import { restart } from "./restart.ts";
import { rollback } from "./rollback.ts";
import { scale } from "./scale.ts";

/** The change that `action` makes to the live objects, or why it cannot be made. */
export function planFor(action: Action, live: Live, marker: string): Plan | Denial {
  switch (action.type) {
    case "Rollback":
      return rollback.plan(action, live, marker);
    case "Restart":
      return restart.plan(action, live, marker);
    case "Scale":
      return scale.plan(action, live, marker);
    case "Evict":
      return evict.plan(action, live, marker);
  }
}

/** Whether the write marked `marker` is in the live object. Judged by what is there, never by the lack of an error. */
export function hasLanded(action: Action, live: Workload | undefined, marker: string): "yes" | "no" | "unknown" {
  switch (action.type) {
    case "Rollback":
      return rollback.landed(action, live, marker);
    case "Restart":
      return restart.landed(action, live, marker);
    case "Scale":
      return scale.landed(action, live, marker);
    case "Evict":
      return evict.landed(action, live, marker);
  }
}

/** Whether the target still is as the write left it, by the premise on record: only then its inverse means what it says. */
export function standsAsWritten(action: Action, live: Live, premise: Plan["premise"]): boolean {
  switch (action.type) {
    case "Rollback":
      return rollback.stands(action, live, premise);
    case "Scale":
      return scale.stands(action, live, premise);
    case "Restart":
    case "Evict":
      return false;
  }
}

export type Direction = "forward" | "inverse";

/** What our annotation says after a write: the record's name, told apart from that of its inverse. */
export function markerOf(recordName: string, direction: Direction): string {
  return direction === "forward" ? recordName : `${recordName}-inverse`;
}
