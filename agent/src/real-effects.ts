import { randomBytes } from "node:crypto";
import type { Effects } from "./loop/run.ts";

/** The clock and the marks of a run that is no test. */
export const REAL_EFFECTS: Pick<Effects, "clock" | "random"> = {
  clock: { now: Date.now, timeout: (ms) => AbortSignal.timeout(Math.max(0, Math.floor(ms))) },
  random: () => randomBytes(12).toString("hex"),
};
