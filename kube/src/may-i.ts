import type { AccessQuestion, CallOptions } from "./access.ts";
import { callOnly } from "./call-only.ts";
import { type Connection, INTERNALS } from "./connection.ts";

/** SelfSubjectAccessReview: whether the connection's own user may, as `kubectl auth can-i` asks it. */
export async function mayI(
  connection: Connection,
  question: Omit<AccessQuestion, "user">,
  options: CallOptions = {},
): Promise<boolean> {
  const { verb, group, resource, subresource, namespace, name } = question;
  const { status } = await connection[INTERNALS].transport.json<{ readonly status?: { readonly allowed?: boolean } }>({
    ...callOnly(options),
    method: "POST",
    path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    body: {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes: { verb, group, resource, subresource, namespace, name } },
    },
  });
  return status?.allowed === true;
}
