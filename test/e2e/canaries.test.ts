import { readFile } from "node:fs/promises";
import type { NewObject } from "@sre-agent/kube";
import { expect, it } from "vitest";
import { canariesIn } from "../../mcp-server/test/canaries/canary.ts";
import { PLANTED } from "../../mcp-server/test/canaries/planted.ts";
import { openScenario, PARTS, Scenario } from "./scenario.ts";

const { canaries, env, envCanaries, beside } = PLANTED;

interface Workload {
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly Container[] } } };
}

interface Container {
  readonly env?: readonly { readonly name: string }[];
}

/** The workload with more env; what it has under the same name gives way. */
function withEnv(more: readonly object[]): (object: NewObject) => NewObject {
  return (object) => {
    if (object.kind !== "Deployment") return object;
    const { spec } = object as unknown as Workload;
    const names = new Set(more.map((entry) => (entry as { name: string }).name));
    const containers = spec.template.spec.containers.map((container) => ({
      ...container,
      env: [...(container.env ?? []).filter(({ name }) => !names.has(name)), ...more],
    }));
    const template = { ...spec.template, spec: { ...spec.template.spec, containers } };
    return { ...object, spec: { ...spec, template } };
  };
}

it("no canary stands in what the four processes write, log or record, while they undo a release", async () => {
  await using opened = await openScenario("bad-release");
  const { playground, stack, logs, story } = opened;
  const scenario = new Scenario({
    ...{ playground, stack, logs, place: "embedded" },
    story: {
      ...story,
      before: (given) => [...story.before(given).map(withEnv(env.before)), ...beside.filter(isNoRun)] as NewObject[],
      release: (given) => story.release(given).map(withEnv(env.after)),
    },
  });
  const remediation = await scenario.untilAsked();
  expect(remediation.spec.diff).toContain("env");
  await scenario.approve(remediation);
  await scenario.untilPhase("Succeeded");

  // Who may read the workload's revisions reads every one of them.
  const revisions = JSON.stringify(await scenario.list("ReplicaSet", "apps/v1"));
  expect(canariesIn(revisions, envCanaries)).toEqual(envCanaries.map(({ place }) => place));

  const written = {
    investigations: await scenario.investigations(),
    transcripts: await scenario.transcripts(),
    remediations: await scenario.ledger(),
    approvals: await scenario.list("SreApproval"),
    audit: await readFile(stack.auditFile, "utf8"),
    events: (await scenario.events()).filter((event) => event.startsWith("Sre")),
    metrics: await Promise.all(PARTS.map((part) => metricsOf(logs[part]))),
    ...logs,
  };
  expect(written.metrics.map((text) => text.includes("sre_"))).toEqual(PARTS.map(() => true));
  for (const [exit, value] of Object.entries(written)) {
    expect(value, exit).not.toHaveLength(0);
    expect(canariesIn(JSON.stringify(value), canaries), exit).toEqual([]);
  }
}, 120_000);

/** Each part tells its address when it begins to serve. */
async function metricsOf(lines: readonly string[]): Promise<string> {
  const url = /"url":"(http:\/\/127\.0\.0\.1:\d+)/.exec(lines.join("\n"))?.[1];
  return (await fetch(`${url}/metrics`)).text();
}

const isNoRun = ({ kind }: { readonly kind: string }) => kind !== "SreInvestigation";
