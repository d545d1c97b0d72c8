import { describe, expect, it } from "vitest";
import { fakeTools } from "../../test/fake-tools.ts";
import { answer, call, turnOf } from "../../test/models.ts";
import { effects, scriptModel, wholeRun } from "../../test/runs.ts";
import { argumentFaults } from "./check-arguments.ts";

const schema = {
  type: "object",
  properties: {
    name: { type: "string", maxLength: 5, pattern: "^[a-z]+$" },
    replicas: { type: "integer", minimum: 1, maximum: 10 },
    since: { type: "array", items: { enum: ["1h", "2h"] } },
  },
  required: ["name"],
  additionalProperties: false,
};

describe("arguments", () => {
  it.each([
    ["of the right form", { name: "web", replicas: 2, since: ["1h"] }, []],
    ["that are missing", {}, ["name"]],
    ["that are too long", { name: "website" }, ["name"]],
    ["of another pattern", { name: "WEB" }, ["name"]],
    ["outside their bounds", { name: "web", replicas: 0 }, ["replicas"]],
    ["of another type", { name: "web", replicas: "2" }, ["replicas"]],
    ["deep inside", { name: "web", since: ["3h"] }, ["since.0"]],
    ["that no tool takes", { name: "web", force: true }, ["force"]],
  ])("%s are told by their paths", (_case, given, paths) => {
    expect(argumentFaults(given, schema).map(({ path }) => path)).toEqual(paths);
  });

  it("are left to the server when the schema cannot be compiled", () => {
    expect(argumentFaults({ a: 1 }, { type: "object", properties: { a: { $ref: "#/nowhere" } } })).toEqual([]);
  });

  it("that are wrong reach no tool, and the model is told what to correct", async () => {
    const tools = fakeTools({ workload_rollback: () => ({}) });
    const wrong = call("c1", "workload_rollback", { name: "web", toRevision: 0 });
    const { journal } = await wholeRun(effects({ model: scriptModel([turnOf(wrong), answer()]), tools }));
    expect(tools.calls).toEqual([]);
    const results = journal.flatMap((entry) => (entry.kind === "results" ? entry.results : []));
    expect(results[0]).toMatchObject({ callId: "c1", ok: false, code: "INVALID_ARGUMENTS" });
    expect(JSON.parse(results[0]?.text ?? "").faults).toEqual([{ path: "toRevision", expected: expect.any(String) }]);
  });
});
