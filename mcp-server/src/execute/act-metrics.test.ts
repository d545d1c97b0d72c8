import { createMetrics } from "@sre-agent/frame";
import { expect, test } from "vitest";
import { createActMetrics } from "./act-metrics.ts";
import { propose } from "./propose.ts";
import { drive } from "./test/drive.ts";
import { approve, createIncident, type Incident, ROLLBACK, requestFor } from "./test/incident.ts";

async function measured() {
  const incident = createIncident();
  const registry = await createMetrics({ component: "mcp-act", unknownLabel: "throw", processMetrics: false });
  const dependencies = { ...incident.dependencies, metrics: createActMetrics(registry) };
  const observed: Incident = { ...incident, dependencies };
  await propose(dependencies, requestFor(ROLLBACK));
  return { incident: observed, text: () => registry.text() };
}

test("an ended remediation counts once, with the seconds from its write", async () => {
  const { incident, text } = await measured();
  approve(incident);
  await drive(incident);
  const said = await text();
  expect(said).toContain('sre_agent_remediations_total{outcome="Succeeded",component="mcp-act"} 1');
  expect(said).toMatch(/^sre_agent_verification_seconds_count\{[^}]*outcome="Succeeded"[^}]*\} 1$/m);
  expect(Number(/sre_agent_verification_seconds_sum\S* (\S+)/.exec(said)?.[1])).toBeGreaterThanOrEqual(30);
});

test("a denial counts once however often it is found again, by its code", async () => {
  const { incident, text } = await measured();
  approve(incident, { approver: "requester" });
  await drive(incident, { passes: 3 });
  expect(await text()).toContain('sre_agent_execution_denials_total{code="APPROVAL_SELF",component="mcp-act"} 1');
});
