import { AUDIENCE_META_KEY, actionOfTool, digestOf } from "@sre-agent/crds";
import type { OfferedTool } from "./tool-client.ts";

/** A tool as a server lists it. */
export interface ListedTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: Readonly<Record<string, unknown>>;
  /** The server's own word. */
  readonly readOnly: boolean;
  readonly meta: Readonly<Record<string, unknown>>;
}

interface OwnedTool<Owner> {
  readonly owner: Owner;
  readonly tool: ListedTool;
}

export interface PinnedTools<Owner> {
  /** What a model may be given, as first seen; sorted by name. The same array until there are more. */
  list(): readonly OfferedTool[];
  /** Pins what is new and compares the rest. Throws for a tool that no provider takes. */
  remember(listed: readonly OwnedTool<Owner>[]): void;
  /** Who has the tool; `changed` once it is described otherwise than at first. */
  find(name: string): Owner | "changed" | undefined;
}

interface Pin<Owner> {
  readonly offered: OfferedTool;
  readonly owner: Owner;
  readonly digest: string;
  changed: boolean;
}

/** Limits of the providers: a tool beyond them would fail every turn. */
const LIMITS = { tools: 128, description: 1_024 } as const;
const NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** Remembers what tools said of themselves at first, so that none can be redescribed under a run. */
export function createPinnedTools<Owner extends object>(): PinnedTools<Owner> {
  const pins = new Map<string, Pin<Owner>>();
  let offered: readonly OfferedTool[] = [];
  return {
    list: () => offered,
    remember(listed) {
      const forModels = listed.filter(({ tool }) => isForModels(tool));
      for (const { tool } of forModels) checkFit(tool);
      const names = new Set([...pins.keys(), ...forModels.map(({ tool }) => tool.name)]);
      if (names.size > LIMITS.tools) throw new RangeError(`more than ${LIMITS.tools} tools are listed`);
      const before = pins.size;
      for (const each of forModels) pin(pins, each);
      if (pins.size > before) offered = offeredOf(pins);
    },
    find(name) {
      const known = pins.get(name);
      return known?.changed ? "changed" : known?.owner;
    },
  };
}

function offeredOf<Owner>(pins: ReadonlyMap<string, Pin<Owner>>): readonly OfferedTool[] {
  return [...pins.values()].map((each) => each.offered).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Executing and undoing are never a model's matter, even if a server forgot to say so. */
function isForModels({ name, meta }: ListedTool): boolean {
  return meta[AUDIENCE_META_KEY] === undefined && !name.startsWith("remediation_");
}

function checkFit({ name, description }: ListedTool): void {
  if (!NAME.test(name)) throw new RangeError("a tool has a name that models cannot be given");
  if (description.length > LIMITS.description) {
    throw new RangeError(`the tool ${name} is described in more than ${LIMITS.description} characters`);
  }
}

function pin<Owner>(pins: Map<string, Pin<Owner>>, { owner, tool }: OwnedTool<Owner>): void {
  const { name, description, inputSchema, readOnly } = tool;
  const digest = digestOf({ description, inputSchema });
  const known = pins.get(name);
  if (known === undefined) {
    // A hint of the server can only make a tool more careful, never turn an act into a read.
    const role = readOnly && actionOfTool(name) === undefined ? "read" : "act";
    pins.set(name, { offered: { name, description, inputSchema, role }, owner, digest, changed: false });
  } else if (known.owner === owner) known.changed = known.digest !== digest;
}
