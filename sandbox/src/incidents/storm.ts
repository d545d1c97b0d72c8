import { lostVariable } from "./bad-release.ts";

/** Two hundred pods that fail together: one root, so one investigation. */
export const storm = lostVariable("storm", "A release of web with 200 pods crashes: one cause, one investigation", 200);
