import type { AccessQuestion, Reviewer, UserInfo } from "./access.ts";
import { callOnly } from "./call-only.ts";
import { type Connection, INTERNALS } from "./connection.ts";

interface AccessAnswer {
  readonly status?: {
    readonly allowed?: boolean;
    readonly denied?: boolean;
    readonly reason?: string;
    readonly evaluationError?: string;
  };
}

interface TokenAnswer {
  readonly status?: {
    readonly authenticated?: boolean;
    readonly audiences?: readonly string[];
    readonly user?: { readonly username?: string; readonly uid?: string; readonly groups?: readonly string[] };
  };
}

/** Reviews that the API server answers; nothing is stored. */
export function createReviewer(connection: Connection): Reviewer {
  const { transport } = connection[INTERNALS];
  return {
    async may(question, options = {}) {
      const { status = {} } = await transport.json<AccessAnswer>({
        ...callOnly(options),
        method: "POST",
        path: "/apis/authorization.k8s.io/v1/subjectaccessreviews",
        body: accessReview(question),
      });
      return {
        allowed: status.allowed === true && status.denied !== true,
        reason: status.reason || status.evaluationError || "",
      };
    },

    async authenticate(token, audience, options = {}) {
      const { status = {} } = await transport.json<TokenAnswer>({
        ...callOnly(options),
        method: "POST",
        path: "/apis/authentication.k8s.io/v1/tokenreviews",
        body: {
          apiVersion: "authentication.k8s.io/v1",
          kind: "TokenReview",
          spec: { token, audiences: [audience] },
        },
      });
      return authenticatedUser(status, audience);
    },
  };
}

function accessReview(question: AccessQuestion): object {
  const { user, verb, group, resource, subresource, namespace, name } = question;
  return {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    spec: {
      user: user.username,
      groups: user.groups ?? [],
      ...(user.uid === undefined ? {} : { uid: user.uid }),
      resourceAttributes: { verb, group, resource, subresource, namespace, name },
    },
  };
}

/** An API server that knows no audiences answers none: its token is for itself, not for us. */
function authenticatedUser(status: NonNullable<TokenAnswer["status"]>, audience: string): UserInfo | undefined {
  const username = status.user?.username;
  if (status.authenticated !== true || !username || !status.audiences?.includes(audience)) return undefined;
  const { uid, groups } = status.user ?? {};
  return { username, groups: groups ?? [], ...(uid ? { uid } : {}) };
}
