import type { CallOptions, JsonPatch, Writer } from "./access.ts";
import { callOnly } from "./call-only.ts";
import { type Connection, INTERNALS } from "./connection.ts";
import type { KubeObject, ObjectRef } from "./object.ts";
import { redactObject } from "./redact-object.ts";
import { objectPath, segment } from "./resource-path.ts";
import { JSON_PATCH, WRITE_QUERY } from "./write-query.ts";

/** Changes workloads. Never retries: a write whose answer was lost may have happened. */
export function createWriter(connection: Connection): Writer {
  const { transport, discovery } = connection[INTERNALS];
  return {
    async patch<T extends KubeObject>(ref: ObjectRef, patch: JsonPatch, options: CallOptions = {}) {
      const answer = await transport.json<KubeObject>({
        ...callOnly(options),
        method: "PATCH",
        path: objectPath(await discovery.byKind(ref), ref),
        query: WRITE_QUERY,
        contentType: JSON_PATCH,
        body: patch,
      });
      return redactObject<T>(answer, ref);
    },

    async evict({ namespace, name, uid }, options = {}) {
      await transport.text({
        ...callOnly(options),
        method: "POST",
        path: `/api/v1/namespaces/${segment(namespace, "namespace")}/pods/${segment(name, "pod")}/eviction`,
        query: WRITE_QUERY,
        body: {
          apiVersion: "policy/v1",
          kind: "Eviction",
          metadata: { namespace, name },
          // A recreated pod of the same name, as in a StatefulSet, is not the one that was judged.
          deleteOptions: { preconditions: { uid } },
        },
      });
    },
  };
}
