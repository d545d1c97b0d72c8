import { isRecord, type JsonRecord, recordsOf } from "../json.ts";

/** The key by which the items of a list are the same item; a list that is not here is replaced as a whole. */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  containers: "name",
  initContainers: "name",
  ephemeralContainers: "name",
  env: "name",
  volumes: "name",
  volumeMounts: "mountPath",
  volumeDevices: "devicePath",
  ports: "containerPort",
  conditions: "type",
  imagePullSecrets: "name",
  hostAliases: "ip",
  ownerReferences: "uid",
  topologySpreadConstraints: "topologyKey",
};

/** Lists of plain values that merge as sets. */
const SETS = new Set(["finalizers"]);

/** Strategic merge patch: like a merge patch, but lists of named items merge item by item. */
export function strategicMerge(target: unknown, patch: unknown, field = ""): unknown {
  if (Array.isArray(patch)) return mergeList(target, patch, field);
  if (!isRecord(patch)) return patch;
  if (patch["$patch"] === "replace") return withoutDirectives(patch);
  return mergeRecord(isRecord(target) ? target : {}, patch);
}

function mergeRecord(target: JsonRecord, patch: JsonRecord): JsonRecord {
  const result: Record<string, unknown> = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith("$")) applyDirective(result, key, value);
    else if (value === null || isDeletion(value)) delete result[key];
    else result[key] = strategicMerge(result[key], value, key);
  }
  return result;
}

function isDeletion(value: unknown): boolean {
  return isRecord(value) && value["$patch"] === "delete";
}

function applyDirective(result: Record<string, unknown>, key: string, value: unknown): void {
  const [, field] = /^\$deleteFromPrimitiveList\/(.+)$/.exec(key) ?? [];
  if (field === undefined || !Array.isArray(result[field]) || !Array.isArray(value)) return;
  const gone = new Set<unknown>(value);
  result[field] = (result[field] as unknown[]).filter((item) => !gone.has(item));
}

function mergeList(target: unknown, patch: readonly unknown[], field: string): unknown {
  const before = Array.isArray(target) ? (target as readonly unknown[]) : [];
  if (SETS.has(field)) return [...new Set([...before, ...patch])];
  const key = mergeKey(field, [...before, ...patch]);
  if (key === undefined || patch.some((item) => isRecord(item) && item["$patch"] === "replace")) {
    return patch.filter((item) => !(isRecord(item) && item["$patch"] === "replace"));
  }
  return mergeItems(recordsOf(before), recordsOf(patch), key);
}

/** A Service's ports have no containerPort: their key is `port`. */
export function mergeKey(field: string, items: readonly unknown[]): string | undefined {
  const key = MERGE_KEYS[field];
  const isServicePort = key === "containerPort" && items.some((item) => isRecord(item) && "port" in item);
  return isServicePort ? "port" : key;
}

function mergeItems(before: readonly JsonRecord[], patch: readonly JsonRecord[], key: string): readonly JsonRecord[] {
  const changes = new Map(patch.map((item) => [item[key], item]));
  const known = new Set(before.map((item) => item[key]));
  const kept = before
    .filter((item) => changes.get(item[key])?.["$patch"] !== "delete")
    .map((item) => mergeRecord(item, changes.get(item[key]) ?? {}));
  const added = patch.filter((item) => !known.has(item[key]) && item["$patch"] !== "delete");
  return [...kept, ...added.map((item) => mergeRecord({}, item))];
}

function withoutDirectives(patch: JsonRecord): JsonRecord {
  return Object.fromEntries(Object.entries(patch).filter(([key]) => !key.startsWith("$")));
}
