import { inspect } from "node:util";
import type { GetTokenOptions } from "@azure/identity";
import { afterEach, describe, expect, it } from "vitest";
import { hostedOver, turnInput } from "../../test/hosted.ts";
import { startWireDouble, type WireDouble, type WireTurn } from "../../test/wire-double/wire-double.ts";
import { connectEntra, entraCredential } from "./credential.ts";

let double: WireDouble | undefined;
afterEach(async () => {
  await double?.stop();
  double = undefined;
});

const ANSWER = {
  content: JSON.stringify({ decision: "deny", rationale: "Well.", rootCause: null, claims: [], gaps: [] }),
};
const SCOPE = "https://ai.azure.com/.default";

/** A directory that gives one token after the other; each connection keeps its own until it is made anew. */
function directory(tokens: readonly (string | null | Error)[]) {
  const scopes: string[] = [];
  let connections = 0;
  const connect = async () => {
    const given = tokens[Math.min(connections, tokens.length - 1)];
    connections += 1;
    return {
      async getToken(scope: string | string[]) {
        scopes.push(String(scope));
        if (given instanceof Error) throw given;
        return given === null || given === undefined ? null : { token: given, expiresOnTimestamp: 0 };
      },
    };
  };
  return { credential: entraCredential({ scope: SCOPE, connect }), scopes, connections: () => connections };
}

async function turnWith(tokens: readonly (string | null | Error)[], turns: readonly WireTurn[]) {
  double = await startWireDouble(turns);
  const { credential, scopes, connections } = directory(tokens);
  const model = hostedOver(double, { api: "responses", credential });
  const result = await model.turn(turnInput()).catch((error: unknown) => error);
  return { result, scopes, connections, sent: double.requests.map(({ headers }) => headers.authorization) };
}

describe("a token of Entra ID", () => {
  it("goes out as a bearer token, asked for by its scope in every attempt", async () => {
    const { sent, scopes, connections } = await turnWith(["t-1"], [{ status: 503 }, ANSWER]);
    expect(sent).toEqual(["Bearer t-1", "Bearer t-1"]);
    expect(scopes).toEqual([SCOPE, SCOPE]);
    expect(connections()).toBe(1);
  });

  it("that is refused is fetched anew, once", async () => {
    const { result, sent } = await turnWith(["t-1", "t-2"], [{ status: 401 }, ANSWER]);
    expect(result).toMatchObject({ report: { decision: "deny" } });
    expect(sent).toEqual(["Bearer t-1", "Bearer t-2"]);
  });

  it("that is refused again ends the turn", async () => {
    const { result, sent } = await turnWith(["t-1", "t-2", "t-3"], [{ status: 401 }]);
    expect(result).toMatchObject({ code: "auth" });
    expect(sent).toEqual(["Bearer t-1", "Bearer t-2"]);
    expect(inspect(result, { depth: 20, showHidden: true })).not.toMatch(/t-[123]/);
  });

  it("that is refused and comes back the same is not sent again", async () => {
    const { result, sent } = await turnWith(["t-1"], [{ status: 401 }, ANSWER]);
    expect(result).toMatchObject({ code: "auth" });
    expect(sent).toEqual(["Bearer t-1"]);
  });

  it.each([
    ["nobody gives", null],
    ["cannot be had", new Error("no identity")],
  ])("that %s is an error of authorization, and nothing is sent", async (_case, token) => {
    const { result, sent } = await turnWith([token], [ANSWER]);
    expect(result).toMatchObject({ code: "auth", message: expect.stringContaining("workload identity") });
    expect(sent).toEqual([]);
  });

  it("that does not come ends with the turn's signal, and nothing is sent", async () => {
    const abort = new AbortController();
    double = await startWireDouble([ANSWER]);
    const getToken = (_: string | string[], options?: GetTokenOptions) =>
      new Promise<never>((_resolve, reject) => {
        options?.abortSignal?.addEventListener("abort", () => reject(new Error("cancelled")));
        abort.abort();
      });
    const model = hostedOver(double, {
      credential: entraCredential({ scope: SCOPE, connect: async () => ({ getToken }) }),
    });
    const turn = model.turn(turnInput({ signal: abort.signal }));
    expect(await turn.catch((error: unknown) => error)).toMatchObject({ code: "aborted" });
    expect(double.requests).toEqual([]);
  });

  it("is had as soon as the identity can be set up, after it could not", async () => {
    double = await startWireDouble([ANSWER]);
    const { credential: working } = directory(["t-1"]);
    let connections = 0;
    const connect = async () => {
      connections += 1;
      if (connections === 1) throw new Error("the token file is not mounted yet");
      return { getToken: async () => ({ token: await working.current(AbortSignal.any([])), expiresOnTimestamp: 0 }) };
    };
    const model = hostedOver(double, { api: "responses", credential: entraCredential({ scope: SCOPE, connect }) });
    expect(await model.turn(turnInput()).catch((error: unknown) => error)).toMatchObject({ code: "auth" });
    expect(await model.turn(turnInput())).toMatchObject({ report: { decision: "deny" } });
  });

  it("comes from the pod's workload identity first", { timeout: 120_000 }, async () => {
    const identity = await connectEntra({
      AZURE_TENANT_ID: "11111111-1111-1111-1111-111111111111",
      AZURE_CLIENT_ID: "22222222-2222-2222-2222-222222222222",
      AZURE_FEDERATED_TOKEN_FILE: "/nowhere/token",
    });
    expect(identity.constructor.name).toBe("WorkloadIdentityCredential");
    const other = await connectEntra({});
    expect(other.constructor.name).toBe("DefaultAzureCredential");
  });
});
