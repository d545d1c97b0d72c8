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
      // First, so that a change is seen whatever else is in the list.
      for (const each of forModels) compare(pins.get(each.tool.name), each);
      const added = forModels.filter(({ tool }) => !pins.has(tool.name));
      for (const { tool } of added) checkFit(tool);
      const names = new Set([...pins.keys(), ...added.map(({ tool }) => tool.name)]);
      if (names.size > LIMITS.tools) throw new RangeError(`more than ${LIMITS.tools} tools are listed`);
      for (const each of added) pin(pins, each);
      if (added.length > 0) offered = offeredOf(pins);
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

/** Whether a tool is still as it was; another server's tool of the same name says nothing about it. */
function compare<Owner>(known: Pin<Owner> | undefined, { owner, tool }: OwnedTool<Owner>): void {
  if (known?.owner === owner) known.changed = known.digest !== digestOfTool(tool);
}

/** The first of a name is taken. */
function pin<Owner>(pins: Map<string, Pin<Owner>>, { owner, tool }: OwnedTool<Owner>): void {
  const { name, description, inputSchema, readOnly } = tool;
  if (pins.has(name)) return;
  // A hint of the server can only make a tool more careful, never turn an act into a read.
  const role = readOnly && actionOfTool(name) === undefined ? "read" : "act";
  const offered: OfferedTool = { name, description, inputSchema, role };
  pins.set(name, { offered, owner, digest: digestOfTool(tool), changed: false });
}

function digestOfTool({ description, inputSchema }: ListedTool): string {
  return digestOf({ description, inputSchema });
}
