import type { Run } from "./step.ts";

/** How a person has the root looked at anew: an open incident without its run starts it again, under the same name. */
export function askAgain({ metadata: { name, namespace }, spec }: Run): string {
  if (spec.triggerRef === undefined) return "To ask again, create an SreInvestigation with the same spec.";
  return `To ask again at once, while the target is unwell: kubectl delete sreinv ${name} -n ${namespace}`;
}
