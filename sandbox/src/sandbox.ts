import { randomBytes, randomUUID } from "node:crypto";
import { customResourceDefinition, KINDS } from "@sre-agent/crds";
import { createAuthorizer, type Rule } from "./access/authorizer.ts";
import { API_AUDIENCE, createTokens, userOf } from "./access/tokens.ts";
import { type Clock, systemClock } from "./clock.ts";
import { startControllers } from "./controllers/controllers.ts";
import { listen } from "./http/server.ts";
import type { Incident } from "./incidents/incident.ts";
import { createPlayer } from "./incidents/player.ts";
import { kubeconfigOf } from "./kubeconfig.ts";
import type { Manifest } from "./object.ts";
import type { Recording } from "./recording/recording.ts";
import { restore } from "./recording/restore.ts";
import { createRegistry } from "./registry/registry.ts";
import { createCatalog } from "./resources/catalog.ts";
import { createStore } from "./store/store.ts";

export interface SandboxOptions {
  /** Absent: an empty cluster with one node, where every container runs. */
  readonly incident?: Incident;
  /** What the cluster holds at the start: it stays as it was recorded until something about it changes. */
  readonly recording?: Recording;
  /** Drives everything; default: real time. */
  readonly clock?: Clock;
  /** On 127.0.0.1; default: any free one. */
  readonly port?: number;
  /** Bytes of the largest object; default 1,572,864 as in etcd. */
  readonly storageLimit?: number;
  /** Changes that a watch can go back; default 4,096. */
  readonly historyLimit?: number;
  /** Serves the sre-agent.dev kinds; default true. */
  readonly crds?: boolean;
  /** Makes uids; default random. */
  readonly uid?: () => string;
}

export interface Sandbox {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** A kubeconfig (JSON, which is YAML too) for a user who may do everything. */
  readonly kubeconfig: string;
  /** A bearer token for a user, by default for the API server itself. */
  tokenFor(username: string, groups?: readonly string[], audiences?: readonly string[]): string;
  /** What a user may do, asked on every request and by access reviews; undefined: everything again. */
  setRule(username: string, rule: Rule | undefined): void;
  /** Plays one of the incident's named steps. Throws RangeError on an unknown one. */
  play(step: string): void;
  /** Creates or merges objects, as an administrator. */
  apply(...manifests: readonly Manifest[]): void;
  /** Forgets all changes up to now: older watches and pages get 410. */
  compact(): void;
  stop(): Promise<void>;
}

const DEFAULT_STORAGE_LIMIT = 1_572_864;
const DEFAULT_HISTORY_LIMIT = 4_096;
const TOKEN_LIFETIME_MS = 365 * 24 * 3_600_000;
const SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/** Starts an in-process Kubernetes API with its controllers. Rejects when the port is taken or the incident is not valid. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const clock = options.clock ?? systemClock;
  const store = createStore(options.historyLimit ?? DEFAULT_HISTORY_LIMIT);
  const catalog = createCatalog(store);
  const uid = options.uid ?? randomUUID;
  const registry = createRegistry({
    store,
    clock,
    uid,
    suffix: randomSuffix,
    storageLimit: options.storageLimit ?? DEFAULT_STORAGE_LIMIT,
  });
  const tokens = createTokens(clock.now, () => randomBytes(24).toString("hex"));
  const authorizer = createAuthorizer();
  const player = createPlayer({ incident: options.incident, registry, catalog, clock });
  player.installCluster(options.crds === false ? [] : KINDS.map((kind) => customResourceDefinition(kind)));
  const restored = options.recording && restore(options.recording, { store, catalog, uid, nowMs: clock.now() });
  const controllers = startControllers({
    ...{ registry, catalog, clock, restored },
    incident: options.incident,
    suffix: randomSuffix,
  });
  player.begin();
  const server = await listen(
    { store, registry, catalog, clock, tokens, authorizer, logs: controllers.logs, applied: new Map() },
    options.port ?? 0,
  );

  function tokenFor(username: string, groups: readonly string[] = [], audiences: readonly string[] = [API_AUDIENCE]) {
    const user = userOf(username, groups);
    return tokens.issue({ user, audiences, expiresAtMs: clock.now() + TOKEN_LIFETIME_MS });
  }

  return {
    url: server.url,
    kubeconfig: kubeconfigOf(server.url, tokenFor("sandbox-admin", ["system:masters"])),
    tokenFor,
    setRule: authorizer.setRule,
    play: player.play,
    apply: (...manifests) => player.apply(manifests),
    compact: store.compact,
    async stop() {
      player.stop();
      controllers.stop();
      await server.stop();
    },
  };
}

function randomSuffix(): string {
  return Array.from(randomBytes(5), (byte) => SUFFIX_ALPHABET[byte % SUFFIX_ALPHABET.length]).join("");
}
