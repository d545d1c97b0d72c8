import { describe, expect, test } from "vitest";
import { diagnose, type SnapshotObject } from "../src/index.ts";
import { crashing, deployment, event, minutesAgo, snapshot } from "./builders.ts";

const READY = {};
const availableSince = (minutes: number) => ({
  type: "Available",
  status: "True",
  lastTransitionTime: minutesAgo(minutes),
});
const lostSince = (minutes: number) => ({ ...availableSince(minutes), status: "False" });
const old = (fields: Readonly<Record<string, unknown>>) =>
  event({ kind: "Pod", name: "web-r1-x" }, { type: "Normal", ...fields });
const fixOf = (objects: readonly SnapshotObject[]) => diagnose(snapshot(objects))[0]?.fix;
const crashed = { createdAt: minutesAgo(10), pods: [crashing(1)] };

const ROLLBACKS: readonly (readonly [string, SnapshotObject[], RegExp])[] = [
  ["the earlier revision still serves", deployment([{ pods: [READY] }, crashed]), /still serves with 1 of 1/],
  [
    "the workload was available with the only earlier revision",
    deployment([{}, crashed], { conditions: [availableSince(30)] }),
    /was available with it before revision 2/,
  ],
  [
    "the workload was available with it until the newest came, after a probe that failed at first",
    [...deployment([{}, crashed], { conditions: [lostSince(10.2)] }), old({ type: "Warning", reason: "Unhealthy" })],
    /was available with it before revision 2/,
  ],
  [
    "the rollout stopped its pods while they ran well",
    [
      ...deployment([{}, crashed]),
      old({ reason: "Started", lastTimestamp: minutesAgo(40) }),
      old({ reason: "Killing", message: "Stopping container web", lastTimestamp: minutesAgo(9) }),
    ],
    /ran without a warning/,
  ],
];

describe("proposes a rollback when an earlier revision is known to have worked", () => {
  test.each(ROLLBACKS)("%s", (_, objects, words) => {
    expect(fixOf(objects)).toEqual({
      kind: "action",
      action: {
        type: "Rollback",
        target: { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "web", uid: "uid-web" },
        parameters: { toRevision: 1 },
      },
      summary: expect.stringMatching(words),
    });
  });
});

const limited = (memory: string) => ({ resources: { limits: { memory } } });
const killing = old({ reason: "Killing", message: "Stopping container web", lastTimestamp: minutesAgo(9) });

function unobserved([workload, ...others]: SnapshotObject[]): SnapshotObject[] {
  return workload ? [{ ...workload, metadata: { ...workload.metadata, generation: 2 } }, ...others] : [];
}

const DECISIONS: readonly (readonly [string, SnapshotObject[], RegExp])[] = [
  ["the controller has not seen the newest spec", unobserved(deployment([{ pods: [READY] }, crashed])), /find out why/],
  ["there is no earlier revision", deployment([crashed]), /^find out why container web ends/],
  [
    "nothing shows that the earlier revision worked",
    deployment([{}, crashed]),
    /nothing recorded shows that revision 1 worked/,
  ],
  ["the pods of the earlier revision fail too", deployment([{ pods: [crashing(1)] }, crashed]), /find out why/],
  [
    "the workload became available only later",
    deployment([{}, crashed], { conditions: [availableSince(5)] }),
    /nothing recorded/,
  ],
  [
    "the kubelet warned about the earlier pods",
    [...deployment([{}, crashed]), killing, old({ type: "Warning", reason: "BackOff", lastTimestamp: minutesAgo(20) })],
    /nothing recorded/,
  ],
  ["it was never available", deployment([{}, crashed], { conditions: [lostSince(59)] }), /nothing recorded/],
  ["it was lost later", deployment([{}, crashed], { conditions: [lostSince(8)] }), /nothing recorded/],
  [
    "its pods crashed now and then",
    [...deployment([{}, crashed], { conditions: [lostSince(10.2)] }), old({ type: "Warning", reason: "BackOff" })],
    /nothing recorded/,
  ],
  [
    "nobody remembers any crashes",
    deployment([{ createdAt: minutesAgo(200) }, { ...crashed, createdAt: minutesAgo(90) }], {
      conditions: [lostSince(90.2)],
    }),
    /nothing recorded/,
  ],
  [
    "the earlier pods ran for a moment only",
    [...deployment([{}, crashed]), killing, old({ reason: "Started", lastTimestamp: minutesAgo(9.05) })],
    /nothing recorded/,
  ],
  [
    "it would drop a memory limit",
    deployment([{ pods: [READY] }, { ...crashed, container: limited("64Mi") }]),
    /rolling back to revision 1 would drop spec\.template\.spec\.containers\[web\]\.resources\.limits\.memory$/,
  ],
  [
    "it would drop a probe",
    deployment([{ pods: [READY] }, { ...crashed, container: { livenessProbe: { tcpSocket: { port: 1 } } } }]),
    /would drop .*livenessProbe/,
  ],
];

describe("leaves the decision to a person when", () => {
  test.each(DECISIONS)("%s", (_, objects, words) => {
    expect(fixOf(objects)).toEqual({ kind: "decision", summary: expect.stringMatching(words) });
  });
});

test("a limit that was lowered, not added, may be rolled back", () => {
  const objects = deployment([
    { container: limited("512Mi"), pods: [READY] },
    { container: limited("16Mi"), pods: [crashing(137, { reason: "OOMKilled" })] },
  ]);
  expect(fixOf(objects)).toMatchObject({ kind: "action", action: { parameters: { toRevision: 1 } } });
});
