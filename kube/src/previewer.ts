import type { CallOptions, JsonPatch, Previewer } from "./access.ts";
import { callOnly } from "./call-only.ts";
import { type Connection, INTERNALS } from "./connection.ts";
import type { KubeObject, ObjectRef } from "./object.ts";
import { redactObject } from "./redact-object.ts";
import { objectPath } from "./resource-path.ts";
import { JSON_PATCH, WRITE_QUERY } from "./write-query.ts";

/** Patches that the API server computes and does not store. `dryRun` is no parameter here, so it cannot be forgotten. */
export function createPreviewer(connection: Connection): Previewer {
  const { transport, discovery } = connection[INTERNALS];
  return {
    async patch<T extends KubeObject>(ref: ObjectRef, patch: JsonPatch, options: CallOptions = {}) {
      const answer = await transport.json<KubeObject>({
        ...callOnly(options),
        method: "PATCH",
        path: objectPath(await discovery.byKind(ref), ref),
        query: { ...WRITE_QUERY, dryRun: "All" },
        contentType: JSON_PATCH,
        body: patch,
      });
      return redactObject<T>(answer, ref);
    },
  };
}
