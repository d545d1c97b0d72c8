import type { ToolCall } from "@sre-agent/crds";
import type { TurnInput } from "./model-client.ts";
import { withoutNulls } from "./strict-schema.ts";

/** A call as a provider gives it. */
export interface WireCall {
  readonly id: string;
  readonly name: string;
  /** JSON, or what the model took for it. */
  readonly text: string;
}

const LIMITS = { calls: 32, name: 128, id: 100, malformed: 4_096 } as const;

/** The calls of a reply, bounded; each with an id that no call of the run had before. */
export function callsOf(
  given: readonly WireCall[],
  { tools, journal }: Pick<TurnInput, "tools" | "journal">,
): readonly ToolCall[] {
  const used = new Set(journal.flatMap((entry) => (entry.kind === "turn" ? entry.calls.map(({ id }) => id) : [])));
  return given.slice(0, LIMITS.calls).map(({ id, name, text }) => {
    const schema = tools.find((tool) => tool.name === name)?.inputSchema;
    const parsed = objectIn(text.trim() === "" ? "{}" : text);
    return {
      id: unused(id.slice(0, LIMITS.id), used),
      tool: name.slice(0, LIMITS.name),
      arguments: parsed === undefined ? {} : Object(withoutNulls(parsed, schema)),
      ...(parsed === undefined ? { malformed: text.slice(0, LIMITS.malformed) } : {}),
    };
  });
}

/** Some endpoints count calls from nought in every turn; within a run an id names one call. */
function unused(id: string, used: ReadonlySet<string>): string {
  for (let n = 2, candidate = id; ; n += 1) {
    if (!used.has(candidate)) return candidate;
    candidate = `${id}_${n}`;
  }
}

/** The JSON object in a text; undefined when there is none. */
export function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
