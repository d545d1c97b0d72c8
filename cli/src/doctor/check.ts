/** One thing that was looked at. */
export interface Check {
  readonly name: string;
  readonly status: "ok" | "warn" | "fail";
  /** What was found, in a few words. */
  readonly found: string;
  /** What to do, when something should be done. */
  readonly change?: string;
}

export const ok = (name: string, found: string): Check => ({ name, status: "ok", found });
export const warn = (name: string, found: string, change: string): Check => ({ name, status: "warn", found, change });
export const fail = (name: string, found: string, change: string): Check => ({ name, status: "fail", found, change });
