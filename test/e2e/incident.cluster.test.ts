import { API_VERSION, GROUP, POLICY_NAME, type PolicyRule, type SrePolicy } from "@sre-agent/crds";
import { type Connection, createReader, createRecordWriter, type KubeObject, type NewObject } from "@sre-agent/kube";
import { describe, expect, it } from "vitest";
import { openScenario, type Scenario } from "./scenario.ts";
import { expectOneOfEach } from "./survive.ts";

const CASE_MS = 180_000;
const OTHER_DIGEST = `sha256:${"0".repeat(64)}`;

interface Pod extends KubeObject {
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly lastTransitionTime: string;
    }[];
  };
}

/** When the first pod stopped being ready, as the kubelet says (to the second, so up to 1 s too early). */
async function unwellSince(scenario: Scenario): Promise<number> {
  const pods = await scenario.list<Pod>("Pod", "v1");
  const times = pods
    .flatMap(({ status }) => status?.conditions ?? [])
    .filter(({ type, status }) => type === "Ready" && status === "False")
    .map(({ lastTransitionTime }) => Date.parse(lastTransitionTime));
  return Math.min(...times);
}

async function expectUntouched(scenario: Scenario, generation: number | undefined): Promise<void> {
  expect((await scenario.deployment()).metadata.generation).toBe(generation);
}

describe("on a real cluster, each part under its own identity, an incident", () => {
  it(
    "is proposed, approved, undone and verified",
    async () => {
      await using scenario = await openScenario("bad-release", "cluster");
      const broken = await scenario.breakIt();
      await scenario.untilPhase("AwaitingApproval");
      const proposed = await scenario.untilRemediation("Proposed");
      const since = await unwellSince(scenario);
      const tookMs = Date.parse(proposed.metadata.creationTimestamp ?? "") - since;
      console.log(`from the pod that is not ready to the proposal: ${tookMs} ms`);
      await scenario.approve(proposed);
      const { status } = await scenario.untilPhase("Succeeded");
      expect(status).toMatchObject({
        decision: "approve",
        rootCause: expect.stringContaining("DATABASE_URL"),
        outcome: "Succeeded",
      });
      await expectOneOfEach(scenario, broken);
      await scenario.untilRolledOut();
    },
    CASE_MS,
  );

  it(
    "whose run is deleted before anybody approved withdraws its proposal",
    async () => {
      await using scenario = await openScenario("bad-release", "cluster");
      await scenario.untilAsked();
      const { metadata } = await scenario.deployment();
      await scenario.deleteInvestigations();
      const { status } = await scenario.untilRemediation("Withdrawn");
      expect(status).toMatchObject({ outcome: "Withdrawn", message: "The investigation was deleted." });
      await expectUntouched(scenario, metadata.generation);
    },
    CASE_MS,
  );

  it(
    "whose run is deleted while the change is verified is followed to its end",
    async () => {
      await using scenario = await openScenario("bad-release", "cluster");
      await scenario.approve(await scenario.untilAsked("5s"));
      await scenario.untilRemediation("Verifying");
      await scenario.deleteInvestigations();
      const { status } = await scenario.untilRemediation("Succeeded", "Withdrawn", "Failed");
      expect(status).toMatchObject({ phase: "Succeeded", outcome: "Succeeded" });
    },
    CASE_MS,
  );

  it(
    "does not move by an approval of another change",
    async () => {
      await using scenario = await openScenario("bad-release", "cluster");
      const proposed = await scenario.untilAsked();
      const { metadata } = await scenario.deployment();
      await scenario.approve(proposed, OTHER_DIGEST);
      const refused = await scenario.until("a denial", async () =>
        (await scenario.ledger()).find(({ status }) => status?.denial !== undefined),
      );
      expect(refused.status).toMatchObject({ phase: "Proposed", denial: { code: "APPROVAL_DIGEST" } });
      await expectUntouched(scenario, metadata.generation);
    },
    CASE_MS,
  );
});

/** The broken release once more, with another value: the same symptom, another template. */
async function changeTemplate(scenario: Scenario): Promise<void> {
  const { story, playground } = scenario;
  const text = JSON.stringify(story.release(playground));
  await scenario.apply(...(JSON.parse(text.replaceAll('"debug"', '"trace"')) as NewObject[]));
}

async function changeAction({ playground, namespace }: Scenario): Promise<void> {
  const writer = createRecordWriter(playground.admin, { group: GROUP });
  const ref = { apiVersion: API_VERSION, kind: "SreAction", namespace, name: "roll-back" };
  await writer.merge(ref, { spec: { verify: { within: "90s" } } });
}

const POLICY = { apiVersion: API_VERSION, kind: "SrePolicy", name: POLICY_NAME };
const UNRELATED: PolicyRule = { namespaces: ["no-such-namespace"], mode: "observe" };

/** Edits the rules of the cluster's one policy and nothing else in it. */
async function editRules(admin: Connection, edit: (rules: readonly PolicyRule[]) => readonly PolicyRule[]) {
  const { metadata, spec } = await createReader(admin).get<KubeObject & SrePolicy>(POLICY);
  const { resourceVersion } = metadata;
  const writer = createRecordWriter(admin, { group: GROUP });
  await writer.merge(POLICY, { metadata: { resourceVersion }, spec: { rules: edit(spec.rules ?? []) } });
}

async function changePolicy({ playground }: Scenario): Promise<void> {
  await editRules(playground.admin, (rules) => [...rules, UNRELATED]);
}

async function restorePolicy({ playground }: Scenario): Promise<void> {
  const isOurs = ({ namespaces }: PolicyRule) => namespaces?.[0] === UNRELATED.namespaces?.[0];
  await editRules(playground.admin, (rules) => rules.filter((rule) => !isOurs(rule)));
}

const nothing = async () => undefined;

describe("on a real cluster an approved change is stale, and is not made, when", () => {
  it.each([
    { what: "the Deployment's template", code: "STALE", change: changeTemplate, restore: nothing },
    { what: "the SreAction", code: "ACTION_CHANGED", change: changeAction, restore: nothing },
    { what: "the SrePolicy", code: "POLICY_CHANGED", change: changePolicy, restore: restorePolicy },
  ])(
    "$what changed after the proposal: $code",
    async ({ code, change, restore }) => {
      await using scenario = await openScenario("bad-release", "cluster");
      const proposed = await scenario.untilAsked();
      try {
        await change(scenario);
        const { metadata } = await scenario.deployment();
        await scenario.approve(proposed);
        const { status } = await scenario.untilRemediation("Stale", "Succeeded", "Verifying");
        expect(status).toMatchObject({ phase: "Stale", outcome: "Stale", denial: { code } });
        expect(status?.attempts ?? []).toEqual([]);
        await expectUntouched(scenario, metadata.generation);
        expect(await scenario.untilPhase("Stale")).toMatchObject({ status: { outcome: "Stale" } });
      } finally {
        await restore(scenario);
      }
    },
    CASE_MS,
  );
});
