import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { declaredMetrics } from "../src/declared-metrics.ts";

const root = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const declared = declaredMetrics(root);
const served = new Set(
  declared.flatMap(({ name, type }) =>
    type === "histogram" ? ["_bucket", "_sum", "_count"].map((suffix) => name + suffix) : [name],
  ),
);
const PAGES = ["deploy/observability/dashboard.json", "deploy/observability/alerts.yaml"];

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert?: string; readonly annotations: Readonly<Record<string, string>> }[];
  }[];
}

describe("the metrics", () => {
  it("are found where the code declares them, each with what it means", () => {
    expect(declared.length).toBeGreaterThan(10);
    expect(declared.filter(({ help }) => help === "")).toEqual([]);
  });

  it("mean one thing each, whichever process serves them", () => {
    const told = (one: (typeof declared)[number]) => JSON.stringify([one.type, one.labels, one.help]);
    const meanings = declared.map(({ name }) => new Set(declared.filter((one) => one.name === name).map(told)));
    expect(meanings.filter(({ size }) => size !== 1)).toEqual([]);
  });

  it.each(PAGES)("%s names only what the code declares", (path) => {
    const named = [...new Set(read(path).match(/sre_agent_\w+/g) ?? [])];
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !served.has(name))).toEqual([]);
  });

  it.each(PAGES)("%s asks for labels that the metrics have", (path) => {
    const selectors = [...read(path).matchAll(/(sre_agent_\w+)\{([^}]*)\}/g)];
    expect(selectors.length).toBeGreaterThan(2);
    const wrong = selectors.flatMap(([, name = "", selector = ""]) => {
      const known = declared.filter((one) => name.startsWith(one.name)).flatMap(({ labels }) => labels);
      const asked = [...selector.matchAll(/(\w+)\\?(?:=~|!~|!=|=)/g)].map(([, label = ""]) => label);
      return asked
        .filter((label) => label !== "component" && !known.includes(label))
        .map((label) => `${name}.${label}`);
    });
    expect(wrong).toEqual([]);
  });
});

describe("the alert rules", () => {
  it("say what happened and what to do", () => {
    const { groups } = parse(read("deploy/observability/alerts.yaml")) as Rules;
    const rules = groups.flatMap((group) => group.rules).filter(({ alert }) => alert !== undefined);
    expect(rules.length).toBeGreaterThan(8);
    expect(rules.filter(({ annotations }) => !annotations["summary"] || !annotations["description"])).toEqual([]);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });
});

const promtool = (...args: readonly string[]) => spawnSync("promtool", [...args], { cwd: root, encoding: "utf8" });

describe.skipIf(promtool("--version").status !== 0)("promtool (skipped where it is not on the PATH)", () => {
  it("finds the rules well formed, and firing when they should", () => {
    expect(promtool("check", "rules", "deploy/observability/alerts.yaml")).toMatchObject({ status: 0 });
    expect(promtool("test", "rules", "deploy/observability/alerts.test.yaml")).toMatchObject({ status: 0 });
  });
});
