import type { CallOptions, NewObject, RecordWriter } from "./access.ts";
import { callOnly } from "./call-only.ts";
import { type Connection, INTERNALS } from "./connection.ts";
import { splitApiVersion } from "./discovery.ts";
import { isKubeError, KubeError } from "./error.ts";
import type { KindRef, KubeObject, ObjectRef } from "./object.ts";
import { redactObject } from "./redact-object.ts";
import { collectionPath, objectPath } from "./resource-path.ts";
import type { KubeRequest } from "./transport.ts";
import { JSON_PATCH, MERGE_PATCH, WRITE_QUERY } from "./write-query.ts";

type Write = Pick<KubeRequest, "method" | "path" | "contentType" | "body">;

/** Writes records of `group` (`sre-agent.dev`) and refuses every other kind before anything is sent. */
export function createRecordWriter(connection: Connection, { group }: { readonly group: string }): RecordWriter {
  const { transport, discovery } = connection[INTERNALS];

  async function typeOf(kind: KindRef) {
    const [kindGroup] = splitApiVersion(kind.apiVersion);
    if (kindGroup !== group) {
      throw new KubeError(`This component writes ${group} and not ${kind.kind} of ${kind.apiVersion}.`, {
        code: "INVALID",
      });
    }
    return discovery.byKind(kind);
  }

  async function write<T extends KubeObject>(kind: KindRef, options: CallOptions, request: Write): Promise<T> {
    const answer = await transport.json<KubeObject>({ ...callOnly(options), query: WRITE_QUERY, ...request });
    return redactObject<T>(answer, kind);
  }

  return {
    async create<T extends KubeObject>(object: NewObject, options: CallOptions = {}) {
      const path = collectionPath(await typeOf(object), object.metadata.namespace);
      return write<T>(object, options, { method: "POST", path, body: object });
    },

    async merge<T extends KubeObject>(ref: ObjectRef, patch: object, options: CallOptions = {}) {
      const path = objectPath(await typeOf(ref), ref);
      return write<T>(ref, options, { method: "PATCH", path, contentType: MERGE_PATCH, body: patch });
    },

    async replaceStatus<T extends KubeObject>(object: KubeObject, status: object, options: CallOptions = {}) {
      const { namespace, name } = object.metadata;
      const path = objectPath(await typeOf(object), { namespace, name, subresource: "status" });
      const body = statusPatch(object, status);
      try {
        return await write<T>(object, options, { method: "PATCH", path, contentType: JSON_PATCH, body });
      } catch (error) {
        throw asConflict(error, object);
      }
    },

    async delete(ref, options = {}) {
      await transport.text({
        ...callOnly(options),
        method: "DELETE",
        path: objectPath(await typeOf(ref), ref),
        body: {
          apiVersion: "v1",
          kind: "DeleteOptions",
          propagationPolicy: "Background",
          ...(options.uid === undefined ? {} : { preconditions: { uid: options.uid } }),
        },
      });
    },
  };
}

function statusPatch({ metadata }: KubeObject, status: object): readonly object[] {
  return [
    { op: "test", path: "/metadata/uid", value: metadata.uid },
    { op: "test", path: "/metadata/resourceVersion", value: metadata.resourceVersion },
    // `add` also replaces, and an object without a status yet has nothing to replace.
    { op: "add", path: "/status", value: status },
  ];
}

/** A failed `test` comes as a 422 like a refused field, but names no field. */
function asConflict(error: unknown, { kind, metadata }: KubeObject): unknown {
  if (!isKubeError(error, "INVALID") || error.status !== 422 || error.causes.length > 0) return error;
  return new KubeError(`${kind} ${metadata.name} changed since it was read. Read it again.`, {
    code: "CONFLICT",
    status: error.status,
    cause: error,
  });
}
