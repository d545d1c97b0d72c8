import { ACT_CATALOG } from "./act-catalog.ts";
import { READ_CATALOG } from "./read-catalog.ts";
import type { ToolDescriptor } from "./tool.ts";

/** Every tool, in the order in which it is listed. List, call, guards, documentation and RBAC derive from this one list. */
export const CATALOG: readonly ToolDescriptor[] = [...READ_CATALOG, ...ACT_CATALOG];
