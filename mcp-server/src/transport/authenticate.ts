import { createHash } from "node:crypto";
import { MCP_AUDIENCE } from "@sre-agent/crds";
import { isKubeError, type Reviewer, type UserInfo } from "@sre-agent/kube";

/** A positive answer is believed this long; a token that is revoked works no longer than that. */
const CACHE_MS = 60_000;
const CACHE_SIZE = 1_000;

interface Cached {
  readonly user: UserInfo;
  readonly until: number;
}

/** Who the bearer of a token is, by TokenReview with our audience; undefined when it is not valid. */
export type Authenticate = (authorization: string | undefined) => Promise<UserInfo | undefined>;

/** @throws KubeError when the API server cannot be asked. */
export function createAuthenticate(reviewer: Reviewer, now: () => number): Authenticate {
  const cache = new Map<string, Cached>();

  function remembered(key: string): UserInfo | undefined {
    const known = cache.get(key);
    if (known !== undefined && known.until > now()) return known.user;
    cache.delete(key);
    return undefined;
  }

  function remember(key: string, user: UserInfo): void {
    if (cache.size >= CACHE_SIZE) cache.delete(cache.keys().next().value ?? "");
    cache.set(key, { user, until: now() + CACHE_MS });
  }

  return async (authorization) => {
    const token = bearerToken(authorization);
    if (token === undefined) return undefined;
    // Only the hash is kept: a heap dump holds no token.
    const key = createHash("sha256").update(token).digest("base64");
    const known = remembered(key);
    if (known !== undefined) return known;
    const user = await reviewer.authenticate(token, MCP_AUDIENCE).catch(refusedToken);
    if (user !== undefined) remember(key, user);
    return user;
  };
}

function bearerToken(authorization = ""): string | undefined {
  return /^Bearer ([\w.~+/=-]{1,8192})$/i.exec(authorization)?.[1];
}

/** A malformed token makes some API servers refuse the review itself. */
function refusedToken(error: unknown): undefined {
  if (isKubeError(error, "INVALID")) return undefined;
  throw error;
}
