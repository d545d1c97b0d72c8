import { digestOf } from "@sre-agent/crds";
import { z } from "zod";
import type { ModelClient } from "../model/model-client.ts";
import { draftSchema } from "../report/draft.ts";
import type { OfferedTool } from "../tools/tool-client.ts";

const digestOfTools = new WeakMap<readonly OfferedTool[], string>();
let digestOfReport: string | undefined;

/** Hash of everything that stands before the question: a journal made under another one cannot be continued by words. */
export function prefixOf({ name, model }: ModelClient, system: string, tools: readonly OfferedTool[]): string {
  digestOfReport ??= digestOf(z.toJSONSchema(draftSchema));
  return digestOf({ backend: name, model, system, tools: toolsDigest(tools), report: digestOfReport });
}

/** By the list's identity: a service offers one list to all of its runs, and it is the longest part. */
function toolsDigest(tools: readonly OfferedTool[]): string {
  const known = digestOfTools.get(tools) ?? digestOf(tools);
  digestOfTools.set(tools, known);
  return known;
}
