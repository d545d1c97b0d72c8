import { digestOf } from "@sre-agent/crds";
import { z } from "zod";
import type { ModelClient } from "../model/model-client.ts";
import { draftSchema } from "../report/draft.ts";
import type { OfferedTool } from "../tools/tool-client.ts";

/** Hash of everything that stands before the question: a journal made under another one cannot be continued by words. */
export function prefixOf({ name, model }: ModelClient, system: string, tools: readonly OfferedTool[]): string {
  return digestOf({ backend: name, model, system, tools, report: z.toJSONSchema(draftSchema) });
}
