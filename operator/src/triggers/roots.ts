import type { TriggerIncident } from "@sre-agent/crds";
import type { Store } from "@sre-agent/kube";
import { isOpen } from "./incident.ts";

/** An open incident, as another trigger needs to know it. */
export interface OpenIncident {
  readonly root: string;
  readonly investigation: string;
}

interface KnownIncidents {
  readonly suspended: boolean;
  readonly open: readonly OpenIncident[];
}

/** Which run looks at a root: of several triggers the first that sees it opens one, and the others refer to it. */
export interface Roots {
  /** The run of an incident that a trigger other than `key` (`namespace/name`) has open about the root. */
  runOfOther(key: string, root: string): string | undefined;
  /** At once, before the status says so: another trigger may look at the same moment. */
  note(key: string, incidents: readonly TriggerIncident[]): void;
  /** The trigger is gone: nothing is kept of it. */
  forget(key: string): void;
}

export function createRoots(triggers: Store<KnownIncidents>): Roots {
  const noted = new Map<string, readonly OpenIncident[]>();

  function openOf(key: string): readonly OpenIncident[] {
    const own = noted.get(key);
    if (own !== undefined) return own;
    const known = triggers.get(key);
    return known === undefined || known.suspended ? [] : known.open;
  }

  return {
    runOfOther: (key, root) =>
      [...new Set([...noted.keys(), ...triggers.keys()])]
        .filter((other) => other !== key)
        .flatMap(openOf)
        .find((incident) => incident.root === root)?.investigation,
    note: (key, incidents) => void noted.set(key, incidents.filter(isOpen).map(openIncidentOf)),
    forget: (key) => void noted.delete(key),
  };
}

export function openIncidentOf({ target, investigation }: TriggerIncident): OpenIncident {
  return { root: target.uid, investigation };
}
