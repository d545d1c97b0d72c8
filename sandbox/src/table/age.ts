const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

interface Step {
  readonly below: number;
  readonly unit: readonly [number, string];
  readonly rest?: readonly [number, string];
}

/** Up to which duration which units are shown; a rest of zero is left out. */
const STEPS: readonly Step[] = [
  { below: 2 * MINUTE, unit: [SECOND, "s"] },
  { below: 10 * MINUTE, unit: [MINUTE, "m"], rest: [SECOND, "s"] },
  { below: 3 * HOUR, unit: [MINUTE, "m"] },
  { below: 8 * HOUR, unit: [HOUR, "h"], rest: [MINUTE, "m"] },
  { below: 2 * DAY, unit: [HOUR, "h"] },
  { below: 8 * DAY, unit: [DAY, "d"], rest: [HOUR, "h"] },
  { below: 2 * YEAR, unit: [DAY, "d"] },
  { below: 8 * YEAR, unit: [YEAR, "y"], rest: [DAY, "d"] },
  { below: Number.POSITIVE_INFINITY, unit: [YEAR, "y"] },
];

/** A duration as kubectl prints ages: `45s`, `5m30s`, `2d3h`. */
function humanDuration(ms: number): string {
  const duration = Math.max(0, ms);
  const step = STEPS.find(({ below }) => duration < below);
  if (step === undefined) return "<unknown>";
  const [size, name] = step.unit;
  const whole = `${Math.floor(duration / size)}${name}`;
  if (step.rest === undefined) return whole;
  const rest = Math.floor((duration % size) / step.rest[0]);
  return rest === 0 ? whole : `${whole}${rest}${step.rest[1]}`;
}

/** The age of a timestamp, `<unknown>` when there is none. */
export function ageOf(time: unknown, nowMs: number): string {
  const ms = typeof time === "string" ? Date.parse(time) : Number.NaN;
  return Number.isNaN(ms) ? "<unknown>" : humanDuration(nowMs - ms);
}
