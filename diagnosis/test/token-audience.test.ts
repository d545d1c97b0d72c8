import { expect, test } from "vitest";
import type { PodLog, SnapshotObject } from "../src/index.ts";
import { app, CRASHING, found, said } from "./objects.ts";

const sources = (...audiences: readonly (string | undefined)[]) =>
  audiences.map((audience) => ({ serviceAccountToken: { path: "token", ...(audience ? { audience } : {}) } }));
const client = (audiences: readonly (string | undefined)[], parts = {}) =>
  app("web", { spec: { volumes: [{ name: "id", projected: { sources: sources(...audiences) } }] }, ...parts });
const FIELD = "spec.template.spec.volumes[id].projected.sources[0].serviceAccountToken.audience";

const CASES: readonly (readonly [string, readonly SnapshotObject[], readonly PodLog[], string, string])[] = [
  [
    "what it says itself, with the one that is expected",
    client(["api"], CRASHING),
    [said("web-0", 'fatal: login: 403: invalid audience: expected "vault", got "api"')],
    `${FIELD} of Deployment/web is api, and what it calls expects vault: `,
    `set ${FIELD} to vault, or let the receiver accept api`,
  ],
  [
    "one that is not set",
    client([undefined]),
    [said("web-0", "error: token refused (401): audience mismatch")],
    `${FIELD} of Deployment/web is not set, so that its token is for the API server alone, and what it calls refuses that: `,
    `set ${FIELD} to the audience that the receiver expects`,
  ],
  [
    "what the receiver says",
    [...client(["api"]), ...app("gate")],
    [said("gate-0", 'level=error msg="token of shop/web rejected: audiences [api] not in [vault]"')],
    `${FIELD} of Deployment/web is api, and Deployment/gate refuses that: `,
    `set ${FIELD} to the audience that the receiver expects, or let the receiver accept api`,
  ],
];

test.each(CASES)("a token for another audience: %s", (_, given, logs, cause, decide) => {
  const [finding, ...others] = found(given, logs);
  expect(others).toEqual([]);
  expect(finding).toMatchObject({ analyzer: "token-audience", subject: { name: "web" }, fix: { kind: "decision" } });
  expect(finding?.cause).toContain(cause);
  expect(finding?.fix?.summary).toBe(decide);
});

test.each([
  ["a token that is accepted", client(["api"]), said("web-0", "token audience: api, expected api")],
  ["the receiver speaks of another one", [...client(["api"]), ...app("gate")], said("gate-0", "audience web rejected")],
  ["it has the expected one by now", client(["vault"]), said("web-0", "error: audience mismatch: expected vault")],
  ["either of two", client(["api", "bank"]), said("web-0", "error: audience mismatch")],
  ["no token of its own", app("web"), said("web-0", "error: audience mismatch")],
])("silent: %s", (_, given, log) => {
  expect(found(given, [log]).filter(({ analyzer }) => analyzer === "token-audience")).toEqual([]);
});
