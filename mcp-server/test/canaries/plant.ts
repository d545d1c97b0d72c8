import { type Canary, coreOf } from "./canary.ts";

/** What has been planted so far, in the order of planting. */
export const canaries: Canary[] = [];

/** The credential for one more place. */
export function plant(place: string, shape = (core: string) => `horse-${core}`): string {
  const core = coreOf(canaries.length);
  const secret = shape(core);
  // Some formats know capitals alone.
  canaries.push({ place, secret, core: secret.includes(core.toUpperCase()) ? core.toUpperCase() : core });
  return secret;
}

/** One that is a number: its digits are the core. */
export function plantNumber(place: string, digits: string): string {
  canaries.push({ place, core: digits, secret: digits });
  return digits;
}

export const base64 = (text: string) => Buffer.from(text).toString("base64");
export const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
/** Of an object in the namespace. */
export const meta = (name: string, more: object = {}) => ({ name, namespace: "shop", ...more });
