import { readFile, stat } from "node:fs/promises";
import type { Clock } from "./clock.ts";

/** A text that may change while the process runs. */
export interface TextSource {
  /** The current text; `force` looks again even when it was checked a moment ago. */
  read(force?: boolean): Promise<string>;
}

/** What one request authenticates with. */
export interface Credential {
  /** Value of the Authorization header. */
  readonly authorization?: string | undefined;
  /** PEM of the client certificate and its key. */
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
}

/** Where the API server is and how to be somebody there. */
export interface ClusterTarget {
  /** Without a trailing slash. */
  readonly server: string;
  /** The context's default namespace. */
  readonly namespace: string;
  /** For a person: the user's name in the kubeconfig, or how the process got its token. */
  readonly user: string;
  readonly authority?: TextSource | undefined;
  readonly insecure?: boolean | undefined;
  readonly serverName?: string | undefined;
  readonly proxyUrl?: string | undefined;
  /** `force` after a 401: the cached credential is no longer good. */
  credential(force: boolean): Promise<Credential>;
  readonly impersonate?: Impersonation | undefined;
}

export interface Impersonation {
  readonly user: string;
  readonly groups?: readonly string[] | undefined;
}

/** A text that never changes. */
export function fixedText(text: string): TextSource {
  return { read: async () => text };
}

/** How often a rotated file is looked for. Kubelet rotates tokens an hour before they expire. */
const RECHECK_MS = 10_000;

/** A file's text, read again when its mtime moved, looked at no more than every 10 s. */
export function fileText(path: string, clock: Pick<Clock, "now">): TextSource {
  let text: string | undefined;
  let modifiedMs = Number.NaN;
  let checkedMs = Number.NEGATIVE_INFINITY;
  return {
    async read(force = false) {
      if (text !== undefined && !force && clock.now() - checkedMs < RECHECK_MS) return text;
      const { mtimeMs } = await stat(path);
      checkedMs = clock.now();
      if (text === undefined || force || mtimeMs !== modifiedMs) text = await readFile(path, "utf8");
      modifiedMs = mtimeMs;
      return text;
    },
  };
}

/** A bearer token from a text that may change. */
export function bearer(token: TextSource): ClusterTarget["credential"] {
  return async (force) => ({ authorization: `Bearer ${(await token.read(force)).trim()}` });
}
