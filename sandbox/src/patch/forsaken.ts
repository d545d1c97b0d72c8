import { isRecord, type JsonRecord, recordsOf } from "../json.ts";
import { mergeKey } from "./strategic-merge.ts";

/** The manifests of one applier, as applied before and now. */
interface Applied {
  readonly before: unknown;
  readonly now: unknown;
}

/**
 * Server-side apply takes away what its manager applied before and applies no more: members of maps and items of lists
 * of named items. What others wrote stays.
 */
export function withoutForsaken(current: unknown, { before, now }: Applied, field = ""): unknown {
  if (isRecord(current) && isRecord(before)) return prunedRecord(current, before, isRecord(now) ? now : {});
  if (!Array.isArray(current) || !Array.isArray(before)) return current;
  const key = mergeKey(field, current);
  return key === undefined ? current : prunedItems(current, { before, now }, key);
}

function prunedRecord(current: JsonRecord, before: JsonRecord, now: JsonRecord): JsonRecord {
  const kept = Object.entries(current).filter(([name]) => !(name in before) || name in now);
  return Object.fromEntries(
    kept.map(([name, value]) => [name, withoutForsaken(value, { before: before[name], now: now[name] }, name)]),
  );
}

function prunedItems(current: readonly unknown[], { before, now }: Applied, key: string): readonly unknown[] {
  const items = (list: unknown) => new Map(recordsOf(Array.isArray(list) ? list : []).map((item) => [item[key], item]));
  const [owned, wanted] = [items(before), items(now)];
  return recordsOf(current)
    .filter((item) => !owned.has(item[key]) || wanted.has(item[key]))
    .map((item) => withoutForsaken(item, { before: owned.get(item[key]), now: wanted.get(item[key]) }));
}
