import { isRecord } from "../json.ts";

/** metav1.Time and metav1.MicroTime, as a whole value. */
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;

/** The value with every time in it moved alike, so that ages and intervals stay what they were. */
export function shiftTimes<Value>(value: Value, byMs: number): Value {
  const moved = (item: unknown): unknown => {
    if (typeof item === "string") return TIME.test(item) ? shifted(item, byMs) : item;
    if (Array.isArray(item)) return item.map(moved);
    if (!isRecord(item)) return item;
    return Object.fromEntries(Object.entries(item).map(([key, member]) => [key, moved(member)]));
  };
  return moved(value) as Value;
}

/** In the precision that it had. */
function shifted(time: string, byMs: number): string {
  const parsed = Date.parse(time);
  if (Number.isNaN(parsed)) return time;
  const [seconds = "", fraction = ""] = new Date(parsed + byMs).toISOString().slice(0, -1).split(".");
  const digits = /\.(\d+)Z$/.exec(time)?.[1]?.length ?? 0;
  return digits === 0 ? `${seconds}Z` : `${seconds}.${fraction.padEnd(digits, "0").slice(0, digits)}Z`;
}
