import { shortHash } from "@sre-agent/crds";
import type { Evidence } from "../tools/tool.ts";

/** A piece of evidence under the hash of its content: equal content has an equal id in every run and replica. */
export function evidenceOf(text: string): Evidence {
  return { id: `ev-${shortHash(text, 10)}`, text };
}
