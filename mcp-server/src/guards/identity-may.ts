import { type Denial, deny } from "@sre-agent/crds";
import { type Facts, unavailable } from "../facts/facts.ts";
import type { Guard } from "./guard.ts";

/** The person behind the request may make this write themselves, and so may the one whose approval is used. */
export const identityMay: Guard = (_action, facts) => requesterMay(facts) ?? consumedApproverMay(facts);

function requesterMay({ requester }: Facts): Denial | null {
  if (!requester) return null;
  if (!requester.may.known) return unavailable("the requester's rights", requester.may);
  return requester.may.value
    ? null
    : deny("IDENTITY_FORBIDDEN", `${requester.user.username} may not make this change themselves.`);
}

function consumedApproverMay({ stage, record, approverMay }: Facts): Denial | null {
  const approver = record?.status?.approvalRef?.approver;
  return stage === "execute" && approver ? approverDenial(approver, approverMay) : null;
}

/** Why `approver` cannot stand for this write, or null. */
export function approverDenial(approver: string, approverMay: Facts["approverMay"]): Denial | null {
  const may = approverMay.get(approver);
  if (!may?.known) return unavailable(`the rights of ${approver}`, may ?? { known: false, why: "not asked" });
  return may.value ? null : deny("APPROVAL_FORBIDDEN", `${approver} may not make this change themselves.`);
}
