import { ApiError } from "../api-error.ts";
import type { Clock } from "../clock.ts";
import type { LogSource } from "../http/request.ts";
import { DEFAULT_TIMING, type Incident } from "../incidents/incident.ts";
import type { Restored } from "../recording/restore.ts";
import type { Registry } from "../registry/registry.ts";
import { builtIn } from "../resources/built-in.ts";
import type { Catalog } from "../resources/catalog.ts";
import type { Change } from "../store/history.ts";
import type { Context, Controller } from "./context.ts";
import { createDeploymentController } from "./deployment.ts";
import { createEndpointSliceController } from "./endpoint-slice.ts";
import { createEventWriter } from "./events.ts";
import { createGarbageCollector } from "./garbage-collector.ts";
import { createKubelet } from "./kubelet.ts";
import { createReplicaSetController } from "./replica-set.ts";
import { createServiceAccountController } from "./service-account.ts";
import { createStillness } from "./stillness.ts";

interface ControllersParts {
  readonly registry: Registry;
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly incident: Incident | undefined;
  readonly restored: Restored | undefined;
  suffix(): string;
}

export interface RunningControllers {
  readonly logs: LogSource;
  stop(): void;
}

/** After this many rounds without rest the rest waits for the next change or time. */
const MAX_ROUNDS = 100;
const RETRY_MS = 1_000;

const WATCHED = new Set(
  ["Pod", "ReplicaSet", "Deployment", "ConfigMap", "Secret", "Namespace", "Service"].map(
    (kind) => builtIn(kind).storage,
  ),
);

/** Runs the controllers after every change that concerns them and whenever one of them asked for it. */
export function startControllers(parts: ControllersParts): RunningControllers {
  const { registry, catalog, clock, incident, restored, suffix } = parts;
  const timing = { ...DEFAULT_TIMING, ...incident?.timing };
  const events = createEventWriter(registry, clock);
  const stillness = createStillness(restored?.uids ?? new Set());
  const recorded = restored === undefined ? {} : { restored };
  const context: Context = { registry, clock, timing, events, stillness, suffix, ...recorded };
  const kubelet = createKubelet(context, incident?.rules ?? []);
  const controllers: readonly Controller[] = [
    createDeploymentController(context),
    createReplicaSetController(context),
    kubelet,
    createServiceAccountController(context),
    createEndpointSliceController(context),
    createGarbageCollector(context, catalog),
  ];
  const loop = createLoop(clock, controllers);
  const unsubscribe = registry.store.subscribe((change) => {
    if (concerns(change)) loop.wake();
  });
  // What was stored before the first change counts too.
  loop.wake();
  return {
    logs: kubelet.logs,
    stop() {
      unsubscribe();
      loop.stop();
    },
  };
}

function concerns({ type, storage, object }: Change): boolean {
  if (storage === "events") return false;
  return WATCHED.has(storage) || type === "DELETED" || object.metadata.ownerReferences !== undefined;
}

interface Loop {
  wake(): void;
  stop(): void;
}

function createLoop(clock: Clock, controllers: readonly Controller[]): Loop {
  let sleep = new AbortController();
  let isDirty = false;
  let isScheduled = false;
  let isStopped = false;

  function wake(): void {
    isDirty = true;
    if (isScheduled || isStopped) return;
    isScheduled = true;
    queueMicrotask(run);
  }

  function run(): void {
    if (isStopped) return;
    let next = Number.POSITIVE_INFINITY;
    for (let round = 0; isDirty && round < MAX_ROUNDS; round += 1) {
      isDirty = false;
      next = Math.min(...controllers.map((controller) => reconcile(controller, clock)));
    }
    // Writes of the rounds themselves have set the mark: only now a wake counts again.
    isScheduled = false;
    sleepUntil(isDirty ? clock.now() + RETRY_MS : next);
  }

  function sleepUntil(timeMs: number): void {
    sleep.abort();
    sleep = new AbortController();
    if (!Number.isFinite(timeMs)) return;
    clock.sleep(Math.max(0, timeMs - clock.now()), sleep.signal).then(
      wake,
      // A change came first, or the sandbox stops.
      () => undefined,
    );
  }

  return {
    wake,
    stop() {
      isStopped = true;
      sleep.abort();
    },
  };
}

/** What the API refused is tried again later, as real controllers do. */
function reconcile(controller: Controller, clock: Clock): number {
  try {
    return controller.reconcile();
  } catch (error) {
    if (error instanceof ApiError) return clock.now() + RETRY_MS;
    throw error;
  }
}
