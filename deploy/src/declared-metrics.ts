import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";

/** A metric as the code declares it. */
export interface DeclaredMetric {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
  /** Values of the label `component` that it has. */
  readonly component: string;
}

/** Where metrics are declared, and by which processes. */
const FOLDERS = [
  ["operator/src", "operator"],
  ["agent/src", "agent"],
  ["mcp-server/src/execute", "mcp-act"],
  ["mcp-server/src/transport", "mcp-read, mcp-act"],
  ["frame/src", "every process"],
] as const;
const DECLARATION = /\.(counter|gauge|histogram)\(\{(.*?)\}\);/gs;

/** Every metric of ours, read from the calls that declare it: the documentation and the dashboards cannot name others. */
export function declaredMetrics(root: string): readonly DeclaredMetric[] {
  const found = FOLDERS.flatMap(([folder, component]) =>
    sourcesIn(join(root, folder)).flatMap((text) => metricsIn(text, component)),
  );
  return found.toSorted((one, other) => one.name.localeCompare(other.name));
}

function sourcesIn(folder: string): readonly string[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return files
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && !file.split(sep).includes("test"))
    .map((file) => readFileSync(join(folder, file), "utf8"));
}

function metricsIn(text: string, component: string): readonly DeclaredMetric[] {
  return [...text.matchAll(DECLARATION)].flatMap(([, type, body = ""]) => {
    const name = /\bname: "(sre_agent_\w+)"/.exec(body)?.[1];
    const help = /\bhelp:\s*"([^"]*)"/.exec(body)?.[1] ?? "";
    const labels = /\blabels: \{([^}]*)\}?/.exec(body)?.[1] ?? "";
    if (name === undefined) return [];
    return [{ name, type: type as DeclaredMetric["type"], help, labels: namesIn(labels), component }];
  });
}

/** Keys of an object literal, also those whose value has the same name. */
function namesIn(literal: string): readonly string[] {
  return literal
    .split(",")
    .map((entry) => entry.split(":")[0]?.trim() ?? "")
    .filter((name) => /^\w+$/.test(name));
}
