/** Who a token stands for. */
export interface User {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
}

interface Token {
  readonly user: User;
  readonly audiences: readonly string[];
  readonly expiresAtMs: number;
}

/** The audience of tokens for the API server itself. */
export const API_AUDIENCE = "https://kubernetes.default.svc.cluster.local";

/** Opaque tokens that the sandbox issued. */
export interface Tokens {
  issue(token: Token): string;
  /** The token's holder, unless it is unknown or over. */
  find(text: string): Token | undefined;
}

export function createTokens(now: () => number, random: () => string): Tokens {
  const known = new Map<string, Token>();
  return {
    issue(token) {
      const text = `sandbox-${random()}`;
      known.set(text, token);
      return text;
    },
    find(text) {
      const token = known.get(text);
      return token !== undefined && token.expiresAtMs > now() ? token : undefined;
    },
  };
}

/** A user with the groups that the API server adds: those of a service account and `system:authenticated`. */
export function userOf(username: string, groups: readonly string[] = [], uid?: string): User {
  const [, namespace] = /^system:serviceaccount:([^:]+):[^:]+$/.exec(username) ?? [];
  const ofAccount = namespace === undefined ? [] : ["system:serviceaccounts", `system:serviceaccounts:${namespace}`];
  const all = [...new Set([...ofAccount, ...groups, "system:authenticated"])];
  return { username, groups: all, ...(uid === undefined ? {} : { uid }) };
}
