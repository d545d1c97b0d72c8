import { type Denial, deny, type MaintenanceWindow } from "@sre-agent/crds";
import { type Facts, unavailable } from "../facts/facts.ts";
import type { Guard } from "./guard.ts";
import { ruleFor } from "./rule-for.ts";

/** Now lies inside one of the maintenance windows, where the policy has any for this namespace. */
export const windowOpen: Guard = (_action, facts) => closedWindow(facts);

/** The denial while the window is closed. */
export function closedWindow({ policy, namespace, nowMs }: Facts): Denial | null {
  if (!policy.known) return unavailable("SrePolicy", policy);
  if (!namespace.known) return unavailable("the namespace", namespace);
  const windows = ruleFor(policy.value, namespace.value)?.windows;
  if (windows === undefined || windows.some((window) => isOpen(window, nowMs))) return null;
  const list = windows.map(({ days, from, to, timeZone }) => `${days.join(",")} ${from}-${to} ${timeZone}`);
  return deny("WINDOW_CLOSED", `Changes are made only in ${list.join("; ")}.`);
}

/** True from `from` up to, not including, `to` in the window's own time zone. An unknown zone is never open. */
export function isOpen({ days, from, to, timeZone }: MaintenanceWindow, nowMs: number): boolean {
  const local = localTime(timeZone, nowMs);
  return local !== undefined && days.some((day) => day === local.day) && local.time >= from && local.time < to;
}

function localTime(timeZone: string, nowMs: number): { readonly day: string; readonly time: string } | undefined {
  try {
    const format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
    });
    const parts = new Map(format.formatToParts(nowMs).map(({ type, value }) => [type, value]));
    return { day: parts.get("weekday") ?? "", time: `${parts.get("hour")}:${parts.get("minute")}` };
  } catch {
    return undefined;
  }
}
