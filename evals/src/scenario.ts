import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

const regex = z.string().refine((text) => isRegex(text), "no regular expression");

function isRegex(text: string): boolean {
  try {
    return new RegExp(text, "i") instanceof RegExp;
  } catch {
    return false;
  }
}

/** Holds when some object of the kind, as JSON text, matches; with `none`, when no object does. */
const conditionSchema = z.strictObject({
  kind: z.string(),
  /** Absent: the scenario's own namespace. */
  namespace: z.string().optional(),
  name: regex.optional(),
  matches: regex,
  none: z.boolean().optional(),
});
export type Condition = z.infer<typeof conditionSchema>;

const acceptedFixSchema = z.union([
  z.strictObject({ action: z.enum(["Rollback", "Restart", "Scale", "Evict"]), target: z.string() }),
  z.strictObject({ patch: z.string().describe("Kind/name of the target."), path: regex, to: regex.optional() }),
  z.strictObject({ decision: regex }),
]);
export type AcceptedFix = z.infer<typeof acceptedFixSchema>;

/** The right fix, for the check of the harness itself. */
const oracleSchema = z.strictObject({
  target: z.string(),
  patch: z.array(z.strictObject({ path: z.string(), from: z.string().optional(), to: z.string().optional() })),
});

const scenarioSchema = z.strictObject({
  id: z.string(),
  title: z.string(),
  /** Fault classes; NEG classes expect silence. */
  taxonomy: z.array(z.string()).min(1),
  /** Base name; each run appends its own token. */
  namespace: z.string(),
  /** A file of `surroundings/`: two healthy neighbours and a distractor. */
  surroundings: z.string(),
  /** Touches what other namespaces see: runs alone. */
  exclusive: z.boolean().default(false),
  /** Fake nodes whose lease is renewed while the scenario runs. */
  heartbeat: z.array(z.string()).default([]),
  /** `Kind/name` deleted (without waiting) after everything is applied. */
  deletes: z.array(z.string()).default([]),
  /** What shows that the fault is there; all have to hold. */
  developed: z.array(conditionSchema),
  /** What shows that the healthy twin is there, beside its workloads being available. */
  settled: z.array(conditionSchema).default([]),
  /** Held that long before it is looked at, for faults that are over. */
  settleSeconds: z.number().default(0),
  /** The question, when it is about one object. */
  ask: z.strictObject({ kind: z.string(), name: z.string() }).optional(),
  /** Each `Kind/name`, alternatives separated by ` | `, `*` for generated names. */
  roots: z.array(z.string()),
  /** Object, field, wrong value: each in the cause sentence of a finding about a root. */
  causes: z.array(regex),
  /** Root evidence in what the tools returned. */
  evidence: z.array(regex),
  /** A line of the answer shows what the first cause leads to. */
  chain: z.array(regex).default([]),
  fixes: z.array(acceptedFixSchema),
  oracle: oracleSchema.optional(),
  /** What shows that a fix worked, beside the workloads being available. */
  verified: z.array(conditionSchema).default([]),
  /** Must be in no reply. */
  absent: z.array(regex).default([]),
});

export type Scenario = z.infer<typeof scenarioSchema> & {
  readonly folder: string;
  readonly files: {
    readonly surroundings: string;
    readonly setup: string;
    readonly second: string | undefined;
    readonly healthy: string | undefined;
  };
};

const ROOT = join(import.meta.dirname, "..");
const SCENARIOS = join(ROOT, "scenarios");

/** All scenarios by id order, or those that are named. @throws Error for a name that there is none of. */
export function loadScenarios(ids: readonly string[] = []): readonly Scenario[] {
  const all = readdirSync(SCENARIOS)
    .toSorted()
    .map((folder) => loadScenario(folder));
  const unknown = ids.filter((id) => !all.some((scenario) => named(scenario, id)));
  if (unknown.length > 0) throw new Error(`No scenario ${unknown.join(", ")}. List them with --list.`);
  return ids.length === 0 ? all : all.filter((scenario) => ids.some((id) => named(scenario, id)));
}

const named = ({ id, folder }: Scenario, text: string) => id === text || folder === text;

function loadScenario(folder: string): Scenario {
  const text = (name: string) => readFileSync(join(SCENARIOS, folder, name), "utf8");
  const optional = (name: string) => (existsSync(join(SCENARIOS, folder, name)) ? text(name) : undefined);
  const parsed = scenarioSchema.safeParse(parse(text("scenario.yaml")));
  if (!parsed.success) throw new Error(`${folder}/scenario.yaml: ${z.prettifyError(parsed.error)}`);
  return {
    ...parsed.data,
    folder,
    files: {
      surroundings: readFileSync(join(ROOT, "surroundings", `${parsed.data.surroundings}.yaml`), "utf8"),
      setup: text("setup.yaml"),
      second: optional("setup-2.yaml"),
      healthy: optional("healthy.yaml"),
    },
  };
}
