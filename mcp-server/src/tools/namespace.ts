import { type Denial, deny } from "@sre-agent/crds";
import type { ToolContext } from "./tool.ts";

/** The namespace that a call means: what it names, else the run's, else the kubeconfig's; a denial when there is none. */
export function namespaceOf(
  named: string | undefined,
  context: ToolContext,
  usual: string | undefined,
): string | Denial {
  return named ?? context.run?.reference.namespace ?? usual ?? deny("SCHEMA_INVALID", "namespace: is needed here.");
}
