/** How far sre-agent may go, from nothing to acting alone. `off` exists in SrePolicy only. */
export const MODES = ["off", "observe", "propose", "approve", "auto"] as const;
export type Mode = (typeof MODES)[number];

/** The modes a trigger, an investigation or an action may ask for. */
export const REQUESTABLE_MODES = ["observe", "propose", "approve", "auto"] as const;
export type RequestableMode = (typeof REQUESTABLE_MODES)[number];

/** True when `mode` reaches at least `needed`. */
export function reaches(mode: Mode, needed: Mode): boolean {
  return MODES.indexOf(mode) >= MODES.indexOf(needed);
}

/** The lowest of several ceilings; `off` when there is none, since nothing permits anything. */
export function lowestMode(...ceilings: readonly Mode[]): Mode {
  const ranks = ceilings.map((mode) => MODES.indexOf(mode));
  return MODES[ranks.length === 0 ? 0 : Math.min(...ranks)] ?? "off";
}

/** The ceiling where no SrePolicy exists: look, touch nothing. */
export const MODE_WITHOUT_POLICY: Mode = "observe";
