import type { Action, Finding } from "@sre-agent/crds";
import { expect, test } from "vitest";
import { createOwnFinding } from "./own-finding.ts";

const target = { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "web", uid: "web-uid" };
const restart = (restartedAt: string): Action => ({ type: "Restart", target, parameters: { restartedAt } });
const scaleTo = (replicas: number): Action => ({ type: "Scale", target, parameters: { replicas } });

function finding(action: Action, writableBy: "tenant" | "control-plane" = "control-plane"): Finding {
  const evidence = [{ object: target, path: "status", value: "x", writableBy }];
  const fix = { kind: "action" as const, action, summary: "" };
  return {
    id: "f",
    analyzer: "a",
    severity: "error",
    namespace: "shop",
    subject: target,
    cause: "",
    evidence,
    explains: [],
    fix,
  };
}

const asks = (found: Finding, action: Action) =>
  createOwnFinding(async () => [found])(action, new AbortController().signal);

test.each(
  [
    [
      "the same restart at another time",
      finding(restart("2026-01-01T00:00:00Z")),
      restart("2026-01-02T00:00:00Z"),
      true,
    ],
    ["the same scale", finding(scaleTo(3)), scaleTo(3), true],
    ["another scale", finding(scaleTo(3)), scaleTo(4), false],
    ["another target", finding(scaleTo(3)), { ...scaleTo(3), target: { ...target, uid: "other" } } as Action, false],
    ["a tenant's text alone", finding(scaleTo(3), "tenant"), scaleTo(3), false],
  ].map(
    ([what, found, action, asked]) =>
      ({ what, found, action, asked }) as { what: string; found: Finding; action: Action; asked: boolean },
  ),
)("$what: $asked", async ({ found, action, asked }) => {
  expect(await asks(found, action)).toBe(asked);
});
