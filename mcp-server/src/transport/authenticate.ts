import { createHash } from "node:crypto";
import { MCP_AUDIENCE } from "@sre-agent/crds";
import { isKubeError, type Reviewer, type UserInfo } from "@sre-agent/kube";
import { RateLimiterMemory } from "rate-limiter-flexible";

/** A positive answer is believed this long; a token that is revoked works no longer than that. */
const CACHE_MS = 60_000;
const CACHE_SIZE = 1_000;

interface Cached {
  readonly user: UserInfo;
  readonly until: number;
}

/** Refused tokens a minute from one address, above which the API server is not asked about more of them. */
const REFUSALS_PER_MINUTE = 60;

type Authentication =
  | { readonly is: "known"; readonly user: UserInfo }
  | { readonly is: "unknown" }
  | { readonly is: "throttled"; readonly retryAfterSeconds: number };

/** Who the bearer of a token is, by TokenReview with our audience. `address` is where the request comes from. */
export type Authenticate = (authorization: string | undefined, address: string) => Promise<Authentication>;

/** @throws KubeError when the API server cannot be asked. */
export function createAuthenticate(reviewer: Reviewer, now: () => number): Authenticate {
  const cache = new Map<string, Cached>();
  const refusals = new RateLimiterMemory({ points: REFUSALS_PER_MINUTE, duration: 60 });

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

  return async (authorization, address) => {
    const token = bearerToken(authorization);
    if (token === undefined) return { is: "unknown" };
    // Only the hash is kept: a heap dump holds no token.
    const key = createHash("sha256").update(token).digest("base64");
    const known = remembered(key);
    if (known !== undefined) return { is: "known", user: known };
    const refused = await refusals.get(address);
    // Whoever guesses tokens must not do it at the cost of the API server.
    if (refused !== null && refused.remainingPoints <= 0) {
      return { is: "throttled", retryAfterSeconds: Math.ceil(refused.msBeforeNext / 1000) };
    }
    const user = await reviewer.authenticate(token, MCP_AUDIENCE).catch(refusedToken);
    if (user === undefined) {
      await refusals.penalty(address);
      return { is: "unknown" };
    }
    remember(key, user);
    return { is: "known", user };
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
