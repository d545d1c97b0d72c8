import { ACT_CATALOG } from "../tools/act-catalog.ts";
import type { Tool } from "../tools/tool.ts";
import { bind, type Handlers } from "./tools.ts";

/** The tools of the act role, bound to the handlers that `./act` makes. */
export function actTools(handlers: Handlers): readonly Tool[] {
  return bind(ACT_CATALOG, handlers);
}
