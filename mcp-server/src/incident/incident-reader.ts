import type { SnapshotObject } from "@sre-agent/diagnosis";
import {
  type KindRef,
  KubeError,
  type KubeObject,
  type ListOptions,
  type LogOptions,
  type ObjectRef,
  type Reader,
} from "@sre-agent/kube";
import type { Incident } from "./incident.ts";
import { incidentTable } from "./incident-table.ts";
import { resolveType, typesOf } from "./incident-types.ts";

/**
 * Reads of an incident file as if it were the cluster at that moment: no request leaves the process. Objects that were
 * not captured are NOT_FOUND, logs too.
 */
export function createIncidentReader(incident: Incident): Reader {
  const types = typesOf(incident);

  function matching({ apiVersion, kind }: KindRef, options: ListOptions = {}): readonly KubeObject[] {
    options.signal?.throwIfAborted();
    const { namespace, labelSelector = "", fieldSelector = "" } = options;
    return incident.objects
      .filter((object) => object.kind === kind && object.apiVersion === apiVersion)
      .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace)
      .filter((object) => requirementsOf(labelSelector).every((holds) => holds(object.metadata.labels ?? {})))
      .filter((object) =>
        requirementsOf(fieldSelector).every((holds) => holds(fieldsOf(object))),
      ) as unknown as KubeObject[];
  }

  return {
    async get<T extends KubeObject>(ref: ObjectRef): Promise<T> {
      const place = ref.namespace === undefined ? {} : { namespace: ref.namespace };
      const found = matching(ref, place).find(({ metadata }) => metadata.name === ref.name);
      if (found === undefined) throw notCaptured(`${ref.kind} ${ref.name}`);
      return found as T;
    },
    list: async <T extends KubeObject>(kind: KindRef, options?: ListOptions) => ({
      items: matching(kind, options) as readonly T[],
      resourceVersion: "",
    }),
    listAll: async <T extends KubeObject>(kind: KindRef, options?: ListOptions) => ({
      items: matching(kind, options) as readonly T[],
      resourceVersion: "",
      truncated: false,
    }),
    table: async (kind, options) => incidentTable(kind.kind, matching(kind, options)),
    logs: async (options) => logOf(incident, options),
    discover: async () => types,
    resolve: async (name) => resolveType(types, name),
    async raw(path) {
      throw notCaptured(path);
    },
  };
}

function logOf({ logs }: Incident, { namespace, pod, container, previous = false }: LogOptions): string {
  const found = logs.find(
    (log) =>
      log.namespace === namespace &&
      log.pod === pod &&
      log.previous === previous &&
      (container === undefined || log.container === container),
  );
  if (found === undefined) throw notCaptured(`the ${previous ? "previous " : ""}log of ${namespace}/${pod}`);
  return found.text;
}

function notCaptured(what: string): KubeError {
  return new KubeError(`${what} is not in the incident file.`, { code: "NOT_FOUND", status: 404 });
}

type Fields = Readonly<Record<string, string>>;

/** The fields that the API server can select by and tools ask for. */
function fieldsOf(object: SnapshotObject): Fields {
  const involved = (object["involvedObject"] ?? {}) as Fields;
  return {
    "metadata.name": object.metadata.name,
    "involvedObject.name": involved["name"] ?? "",
    "involvedObject.kind": involved["kind"] ?? "",
    "involvedObject.uid": involved["uid"] ?? "",
  };
}

/** `a=b`, `a==b`, `a!=b`, `a` and `!a`, joined by commas. @throws KubeError INVALID for anything else. */
function requirementsOf(selector: string): readonly ((values: Fields) => boolean)[] {
  return selector
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map(requirementOf);
}

function requirementOf(part: string): (values: Fields) => boolean {
  const [, negated, key = "", operator, value = ""] = /^(!?)([\w./-]+)(?:(==?|!=)([\w.-]*))?$/.exec(part) ?? [];
  if (key === "") throw new KubeError(`The selector "${part}" cannot be used on an incident.`, { code: "INVALID" });
  if (operator === undefined) return (values) => Object.hasOwn(values, key) !== (negated === "!");
  return (values) => (values[key] === value) === (operator !== "!=");
}
