import { createPseudonyms } from "@sre-agent/redaction";
import { expect, it } from "vitest";
import { wireReply } from "./exit.ts";

const options = { pseudonym: createPseudonyms(new Uint8Array(32)), narrow: "narrow it" };
const reply = (items: number) => ({
  ...{ ok: true as const, text: "some items", evidence: [] },
  structured: { items: Array.from({ length: items }, (_, index) => ({ name: `item-${index}` })) },
});

it("a structure goes along as far as it fits the budget of a reply, and not in part", () => {
  expect(wireReply(reply(10), options).structuredContent).toEqual(reply(10).structured);
  const large = wireReply(reply(2_000), options);
  expect(large.structuredContent).toBeUndefined();
  expect(large.content).toEqual([{ type: "text", text: "some items" }]);
});
