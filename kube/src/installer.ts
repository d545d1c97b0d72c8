import type { CallOptions, NewObject } from "./access.ts";
import { callOnly } from "./call-only.ts";
import { type Connection, INTERNALS } from "./connection.ts";
import type { KubeObject, ObjectRef } from "./object.ts";
import { redactObject } from "./redact-object.ts";
import { objectPath, segment } from "./resource-path.ts";

/** What a person's own tools may do with the person's own credential; no server of ours is ever given one. */
export interface Installer {
  /** Server-side apply of any kind, as `kubectl apply --server-side` does; `namespace` for objects that name none. */
  apply<T extends KubeObject = KubeObject>(object: NewObject, options?: ApplyOptions): Promise<T>;
  delete(ref: ObjectRef, options?: CallOptions): Promise<void>;
  /** TokenRequest: a token of a ServiceAccount, for `audiences` or for the API server itself. */
  token(
    account: { readonly namespace: string; readonly name: string },
    options?: CallOptions & { readonly audiences?: readonly string[]; readonly seconds?: number },
  ): Promise<string>;
}

interface ApplyOptions extends CallOptions {
  readonly namespace?: string;
  /** For example `approval` of a CertificateSigningRequest. */
  readonly subresource?: string;
}

const APPLY = "application/apply-patch+yaml";
const HOUR_SECONDS = 3600;

export function createInstaller(connection: Connection): Installer {
  const { transport, discovery } = connection[INTERNALS];
  return {
    async apply<T extends KubeObject>(object: NewObject, options: ApplyOptions = {}): Promise<T> {
      const type = await discovery.byKind(object);
      const namespace = type.namespaced ? (object.metadata.namespace ?? options.namespace) : undefined;
      const { subresource } = options;
      const name = object.metadata.name ?? "";
      const answer = await transport.json<KubeObject>({
        ...callOnly(options),
        method: "PATCH",
        path: objectPath(type, { namespace, name, subresource }),
        query: { fieldManager: "sre-agent-cli", fieldValidation: "Strict", force: true },
        contentType: APPLY,
        body: object,
      });
      return redactObject<T>(answer, object);
    },

    async delete(ref, options = {}) {
      await transport.text({
        ...callOnly(options),
        method: "DELETE",
        path: objectPath(await discovery.byKind(ref), ref),
        body: { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: "Background" },
      });
    },

    async token({ namespace, name }, options = {}) {
      const answer = await transport.json<{ readonly status: { readonly token: string } }>({
        ...callOnly(options),
        method: "POST",
        path: `/api/v1/namespaces/${segment(namespace, "namespace")}/serviceaccounts/${segment(name, "account")}/token`,
        body: {
          apiVersion: "authentication.k8s.io/v1",
          kind: "TokenRequest",
          spec: {
            expirationSeconds: options.seconds ?? HOUR_SECONDS,
            ...(options.audiences === undefined ? {} : { audiences: options.audiences }),
          },
        },
      });
      return answer.status.token;
    },
  };
}
