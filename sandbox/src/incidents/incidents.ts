import { badRelease } from "./bad-release.ts";
import { healthy } from "./healthy.ts";
import type { Incident } from "./incident.ts";
import { noAllowedAction } from "./no-allowed-action.ts";

/** The incidents by their names. Their objects and steps can be applied to a real cluster just as well. */
export const INCIDENTS = {
  "bad-release": badRelease,
  healthy,
  "no-allowed-action": noAllowedAction,
} as const satisfies Readonly<Record<string, Incident>>;
