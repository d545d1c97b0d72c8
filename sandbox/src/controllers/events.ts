import { type Clock, microTimestamp, timestamp } from "../clock.ts";
import { numberOf } from "../json.ts";
import { type KubeObject, keyOf, type ObjectKey } from "../object.ts";
import type { Registry } from "../registry/registry.ts";
import { builtIn } from "../resources/built-in.ts";

interface EventFacts {
  readonly about: KubeObject;
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
  readonly component: string;
  readonly fieldPath?: string;
  readonly host?: string;
}

/** Writes Events as the cluster's own components do: the same event again raises its count. */
export interface EventWriter {
  write(facts: EventFacts): void;
  /** The scheduler's form: an eventTime and an action, no count. */
  writeScheduled(pod: KubeObject, node: string): void;
}

const EVENT = builtIn("Event");

export function createEventWriter(registry: Registry, clock: Clock): EventWriter {
  const known = new Map<string, ObjectKey>();
  let sequence = 0;

  function nameFor(about: KubeObject): string {
    sequence += 1;
    const unique = (BigInt(clock.now()) * 1_000_000n + BigInt(sequence)).toString(16);
    return `${about.metadata.name}.${unique}`;
  }

  function create(about: KubeObject, fields: object): ObjectKey | undefined {
    const namespace = about.metadata.namespace ?? "default";
    // A namespace that is going takes no new events.
    if (!isOpen(namespace)) return undefined;
    const manifest = { apiVersion: "v1", kind: "Event", metadata: { name: nameFor(about), namespace }, ...fields };
    return keyOf(registry.create(EVENT, manifest, { manager: "kubelet" }));
  }

  function isOpen(name: string): boolean {
    const namespace = registry.store.get(builtIn("Namespace").storage, { namespace: "", name });
    return namespace !== undefined && namespace.metadata.deletionTimestamp === undefined;
  }

  function repeat(key: ObjectKey): boolean {
    if (registry.store.get(EVENT.storage, key) === undefined) return false;
    registry.update({
      resource: EVENT,
      key,
      options: { manager: "kubelet" },
      change: (event) => ({ ...event, count: numberOf(event["count"]) + 1, lastTimestamp: timestamp(clock.now()) }),
    });
    return true;
  }

  return {
    write(facts) {
      const { about, reason, message, fieldPath = "", component } = facts;
      const identity = [about.metadata.uid, fieldPath, reason, message, component].join("\n");
      const before = known.get(identity);
      if (before !== undefined && repeat(before)) return;
      const key = create(about, fieldsOf(facts, timestamp(clock.now())));
      if (key !== undefined) known.set(identity, key);
    },
    writeScheduled(pod, node) {
      create(pod, {
        involvedObject: reference(pod),
        reason: "Scheduled",
        message: `Successfully assigned ${pod.metadata.namespace}/${pod.metadata.name} to ${node}`,
        type: "Normal",
        eventTime: microTimestamp(clock.now()),
        action: "Binding",
        reportingComponent: "default-scheduler",
        reportingInstance: "default-scheduler-sandbox",
      });
    },
  };
}

function fieldsOf({ about, type, reason, message, component, fieldPath, host }: EventFacts, time: string): object {
  return {
    involvedObject: { ...reference(about), ...(fieldPath === undefined ? {} : { fieldPath }) },
    reason,
    message,
    source: { component, ...(host === undefined ? {} : { host }) },
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
    type,
    reportingComponent: component,
    reportingInstance: host ?? "",
  };
}

function reference({ apiVersion, kind, metadata }: KubeObject) {
  const { name, namespace, uid, resourceVersion } = metadata;
  return { kind, namespace, name, uid, apiVersion, resourceVersion };
}
