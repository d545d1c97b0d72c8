import type { KindDefinition } from "../schema/kind.ts";
import { ACTION } from "./action.ts";
import { APPROVAL } from "./approval.ts";
import { INVESTIGATION } from "./investigation.ts";
import { POLICY } from "./policy.ts";
import { REMEDIATION } from "./remediation.ts";
import { TRANSCRIPT } from "./transcript.ts";
import { TRIGGER } from "./trigger.ts";

/** The seven kinds, in the order a person meets them. */
export const KINDS: readonly KindDefinition[] = [
  TRIGGER,
  ACTION,
  INVESTIGATION,
  TRANSCRIPT,
  REMEDIATION,
  APPROVAL,
  POLICY,
];
