const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

type Unit = keyof typeof UNIT_MS;

function isUnit(text: string | undefined): text is Unit {
  return text !== undefined && text in UNIT_MS;
}

/** Milliseconds of `500ms`, `15s`, `2m`, `1h` or `7d`; undefined for anything else (a bare number has no unit and is refused). */
export function parseDuration(text: string): number | undefined {
  const parts = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text);
  const unit = parts?.[2];
  return isUnit(unit) ? Number(parts?.[1]) * UNIT_MS[unit] : undefined;
}

/** The shortest exact spelling that `parseDuration` reads back: 90000 is `90s`, 120000 is `2m`. */
export function formatDuration(milliseconds: number): string {
  const units: readonly Unit[] = ["d", "h", "m", "s"];
  const unit = units.find((candidate) => milliseconds > 0 && milliseconds % UNIT_MS[candidate] === 0) ?? "ms";
  return `${milliseconds / UNIT_MS[unit]}${unit}`;
}
