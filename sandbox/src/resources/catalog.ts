import { numberOf, recordOf, recordsOf, textOf, valueAt } from "../json.ts";
import type { KubeObject } from "../object.ts";
import type { Store } from "../store/store.ts";
import { printerColumns } from "../table/printer-columns.ts";
import { BUILT_IN, builtIn } from "./built-in.ts";
import { apiVersionOf, type Resource } from "./resource.ts";

/** Everything that is served now: the built-in resources and those of stored CustomResourceDefinitions. */
export interface Catalog {
  all(): readonly Resource[];
  find(group: string, version: string, plural: string): Resource | undefined;
  /** The resource of an object's apiVersion and kind. */
  ofKind(apiVersion: string, kind: string): Resource | undefined;
}

const CRD = builtIn("CustomResourceDefinition");

export function createCatalog(store: Store): Catalog {
  let custom: readonly Resource[] = [];
  store.subscribe((change) => {
    if (change.storage === CRD.storage) custom = store.list(CRD.storage).flatMap(servedVersions);
  });
  const all = () => [...BUILT_IN, ...custom];
  return {
    all,
    find: (group, version, plural) =>
      all().find((entry) => entry.plural === plural && entry.group === group && entry.version === version),
    ofKind: (apiVersion, kind) => all().find((entry) => entry.kind === kind && apiVersionOf(entry) === apiVersion),
  };
}

function servedVersions(definition: KubeObject): readonly Resource[] {
  const { group, names, scope, versions } = recordOf(definition.spec);
  const { kind, plural, singular, shortNames, categories } = recordOf(names);
  return recordsOf(versions)
    .filter((version) => version["served"] === true)
    .map((version) => ({
      group: textOf(group),
      version: textOf(version["name"]),
      kind: textOf(kind),
      plural: textOf(plural),
      singular: textOf(singular) || textOf(kind).toLowerCase(),
      shortNames: texts(shortNames),
      categories: texts(categories),
      namespaced: scope === "Namespaced",
      storage: definition.metadata.name,
      hasStatus: valueAt(version, ["subresources", "status"]) !== undefined,
      hasScale: false,
      custom: true,
      columns: printerColumns(
        recordsOf(version["additionalPrinterColumns"]).map((column) => ({
          name: textOf(column["name"]),
          type: textOf(column["type"]),
          jsonPath: textOf(column["jsonPath"]),
          priority: numberOf(column["priority"]),
          ...(column["description"] === undefined ? {} : { description: textOf(column["description"]) }),
        })),
      ),
    }));
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(textOf) : [];
}
