import type { CallOptions, UserInfo } from "./access.ts";
import { callOnly } from "./call-only.ts";
import { type Connection, INTERNALS } from "./connection.ts";

/** SelfSubjectReview: the user that the API server takes this connection for. */
export async function whoAmI(connection: Connection, options: CallOptions = {}): Promise<UserInfo> {
  const answer = await connection[INTERNALS].transport.json<{ readonly status: { readonly userInfo: UserInfo } }>({
    ...callOnly(options),
    method: "POST",
    path: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
    body: { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
  });
  return answer.status.userInfo;
}
