import { beforeAll, describe, expect, it, onTestFailed } from "vitest";
import { auditKinds, hasImage, imageInCluster, logs, residentMemory, shellIn, startInCluster } from "./in-cluster.ts";
import { openScenarioWith } from "./scenario.ts";

const BUILD_MS = 1_300_000;
const CASE_MS = 900_000;

describe.skipIf(!hasImage)(
  "the image, installed by the manifests (skipped without SRE_IMAGE or SRE_IMAGE_TOOL)",
  () => {
    let image = "";
    beforeAll(async () => {
      image = await imageInCluster();
    }, BUILD_MS);

    it(
      "proposes, is approved, undoes a bad release and verifies it, every part in a pod of its own",
      async () => {
        onTestFailed(async () => console.log(await logs().catch(String)));
        await using scenario = await openScenarioWith("bad-release", ({ namespace }) =>
          startInCluster(image, namespace),
        );
        console.log("MiB resident at rest:", JSON.stringify(await residentMemory()));
        expect(await shellIn("sre-mcp-act")).toMatch(/no such file or directory/);
        const broken = await scenario.breakIt();
        await scenario.untilPhase("AwaitingApproval");
        await scenario.approve(await scenario.untilRemediation("Proposed"));
        const { status } = await scenario.untilPhase("Succeeded");
        expect(status).toMatchObject({
          decision: "approve",
          rootCause: expect.stringContaining("DATABASE_URL"),
          outcome: "Succeeded",
        });
        expect(await scenario.investigations()).toHaveLength(1);
        expect((await scenario.ledger()).map(({ status }) => status?.attempts?.length)).toEqual([1]);
        expect((await scenario.deployment()).metadata.generation).toBe(broken + 1);
        expect(await auditKinds()).toEqual(new Set(["proposal", "intent", "outcome"]));
        await scenario.untilRolledOut();
        console.log("MiB resident after the incident:", JSON.stringify(await residentMemory()));
      },
      CASE_MS,
    );
  },
);
