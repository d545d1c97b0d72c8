import type { Clock } from "./clock.ts";
import { type Connection, INTERNALS } from "./connection.ts";
import { isKubeError } from "./error.ts";
import { microTime } from "./micro-time.ts";
import type { KubeObject } from "./object.ts";
import { collectionPath, objectPath } from "./resource-path.ts";
import type { Transport } from "./transport.ts";

interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

export interface Lease extends KubeObject {
  readonly spec?: LeaseSpec;
}

export interface LeaseClaim {
  readonly connection: Connection;
  readonly namespace: string;
  readonly name: string;
  /** Who we are, unique among replicas: `<pod>_<uid>`. */
  readonly identity: string;
  readonly clock: Pick<Clock, "now">;
  readonly leaseMs: number;
}

/** One Lease as this process sees it. */
export interface LeaseRecord {
  /** Takes or renews it, by one or two requests of `timeoutMs` each; false when somebody else holds it. @throws KubeError when the API server cannot tell. */
  claim(timeoutMs: number): Promise<boolean>;
  /** Lets the next candidate in at once, if we hold it. */
  release(timeoutMs: number): Promise<void>;
}

const LEASES = {
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  resource: "leases",
  singular: "lease",
  shortNames: [],
  namespaced: true,
  verbs: [],
  categories: [],
} as const;

/**
 * Every write carries the resourceVersion that was read, so of two candidates one gets a conflict. Whether another
 * holder's claim has expired is judged by our own clock since its record last changed: the two clocks may disagree.
 */
export function openLease(options: LeaseClaim): LeaseRecord {
  const { namespace, name, identity, clock } = options;
  const api = leaseRequests(options.connection[INTERNALS].transport, namespace, name);
  let held: Lease | undefined;
  let observed = { record: "", atMs: 0 };

  async function claim(timeoutMs: number): Promise<boolean> {
    if (held !== undefined) return write(held, timeoutMs);
    const current = await api.read(timeoutMs);
    if (current !== undefined && isTaken(current)) return false;
    return write(current, timeoutMs);
  }

  async function write(current: Lease | undefined, timeoutMs: number): Promise<boolean> {
    // Until the answer is there, what is stored is unknown: the next claim then reads first.
    held = undefined;
    const spec = nextSpec(current?.spec);
    try {
      held = await (current === undefined ? api.create(spec, timeoutMs) : api.replace({ ...current, spec }, timeoutMs));
      return true;
    } catch (error) {
      if (!isKubeError(error, "CONFLICT", "ALREADY_EXISTS", "NOT_FOUND")) throw error;
      return false;
    }
  }

  function isTaken({ spec = {} }: Lease): boolean {
    const record = JSON.stringify(spec);
    if (record !== observed.record) observed = { record, atMs: clock.now() };
    if (!spec.holderIdentity || spec.holderIdentity === identity) return false;
    const durationMs = (spec.leaseDurationSeconds ?? options.leaseMs / 1000) * 1000;
    return clock.now() < observed.atMs + durationMs;
  }

  function nextSpec(old: LeaseSpec = {}): LeaseSpec {
    const now = microTime(clock.now());
    const kept = old.holderIdentity === identity;
    return {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(options.leaseMs / 1000),
      acquireTime: kept ? (old.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: (old.leaseTransitions ?? 0) + (kept ? 0 : 1),
    };
  }

  return {
    claim,
    async release(timeoutMs) {
      if (held === undefined) return;
      const { acquireTime: _acquired, ...spec } = held.spec ?? {};
      const released = { ...spec, holderIdentity: "", leaseDurationSeconds: 1, renewTime: microTime(clock.now()) };
      await api.replace({ ...held, spec: released }, timeoutMs);
      held = undefined;
    },
  };
}

function leaseRequests(transport: Transport, namespace: string, name: string) {
  const path = objectPath(LEASES, { namespace, name });
  return {
    async read(timeoutMs: number): Promise<Lease | undefined> {
      try {
        return await transport.json<Lease>({ method: "GET", path, timeoutMs });
      } catch (error) {
        if (isKubeError(error, "NOT_FOUND")) return undefined;
        throw error;
      }
    },
    create: (spec: LeaseSpec, timeoutMs: number) =>
      transport.json<Lease>({
        method: "POST",
        path: collectionPath(LEASES, namespace),
        timeoutMs,
        body: { apiVersion: LEASES.apiVersion, kind: LEASES.kind, metadata: { namespace, name }, spec },
      }),
    replace: (lease: Lease, timeoutMs: number) =>
      transport.json<Lease>({ method: "PUT", path, timeoutMs, body: lease }),
  };
}
