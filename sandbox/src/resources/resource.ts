import type { KubeObject } from "../object.ts";
import type { TableColumns } from "../table/columns.ts";

/** One kind as the API serves it under one group and version. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** Objects of two resources with one storage name are the same objects. */
  readonly storage: string;
  /** Has a `/status` of its own: writes to the main resource leave status alone. */
  readonly hasStatus: boolean;
  readonly hasScale: boolean;
  /** Served because a CustomResourceDefinition says so. */
  readonly custom: boolean;
  readonly columns: TableColumns;
  /** How stored objects look in this version; absent: as they are stored. */
  readonly codec?: Codec;
}

export interface Codec {
  fromStorage(object: KubeObject): KubeObject;
  toStorage(object: KubeObject): KubeObject;
}

export function apiVersionOf({ group, version }: Pick<Resource, "group" | "version">): string {
  return group === "" ? version : `${group}/${version}`;
}

export const VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"] as const;
