import { expect, it } from "vitest";
import { KINDS } from "../index.ts";
import { customResourceDefinition } from "../schema/kind.ts";

it("kubectl get sre lists what a person asks about, and no chunk of a transcript", () => {
  const listed = KINDS.filter((kind) =>
    JSON.stringify(customResourceDefinition(kind)).includes('"categories":["sre"]'),
  );
  expect(listed.map(({ kind }) => kind).toSorted()).toEqual([
    ...["SreAction", "SreApproval", "SreInvestigation", "SrePolicy", "SreRemediation", "SreTrigger"],
  ]);
});
