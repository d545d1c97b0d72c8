import { noSuchResource } from "../api-error.ts";
import type { Catalog } from "../resources/catalog.ts";
import type { Target } from "./request.ts";

/**
 * What a path below `/api/v1` or `/apis/GROUP/VERSION` names; undefined when the path is not of that form or its group and
 * version are not served. Throws 404 on an unknown resource of a known group.
 */
export function parseTarget(path: string, catalog: Catalog): Target | undefined {
  const [root, ...rest] = path.split("/").filter(Boolean).map(decodeURIComponent);
  if (root === "api" && rest[0] === "v1") return targetIn({ group: "", version: "v1" }, rest.slice(1), catalog);
  const [group, version, ...segments] = rest;
  if (root !== "apis" || group === undefined || version === undefined) return undefined;
  if (!catalog.all().some((entry) => entry.group === group && entry.version === version)) return undefined;
  return targetIn({ group, version }, segments, catalog);
}

const OF_NAMESPACES = new Set(["status", "finalize"]);

function targetIn(
  where: { readonly group: string; readonly version: string },
  segments: readonly string[],
  catalog: Catalog,
): Target | undefined {
  const [first, namespace, third] = segments;
  const isNested = first === "namespaces" && third !== undefined && !OF_NAMESPACES.has(third);
  const [plural, name = "", subresource = "", ...more] = isNested ? segments.slice(2) : segments;
  if (plural === undefined) return undefined;
  const resource = catalog.find(where.group, where.version, plural);
  if (resource === undefined || more.length > 0) throw noSuchResource();
  return { resource, namespace: isNested ? (namespace ?? "") : "", name, subresource };
}
