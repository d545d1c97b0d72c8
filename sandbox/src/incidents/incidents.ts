import { badRelease } from "./bad-release.ts";
import { deadlocked } from "./deadlocked.ts";
import { healthy } from "./healthy.ts";
import type { Incident } from "./incident.ts";
import { missingKey } from "./missing-key.ts";
import { noAllowedAction } from "./no-allowed-action.ts";
import { oom } from "./oom.ts";
import { scaledToZero } from "./scaled-to-zero.ts";
import { storm } from "./storm.ts";

/** The incidents by their names. Their objects and steps can be applied to a real cluster just as well. */
export const INCIDENTS = {
  "bad-release": badRelease,
  "scaled-to-zero": scaledToZero,
  deadlocked,
  "missing-key": missingKey,
  oom,
  healthy,
  "no-allowed-action": noAllowedAction,
  storm,
} as const satisfies Readonly<Record<string, Incident>>;
