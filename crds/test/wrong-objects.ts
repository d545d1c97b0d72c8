/** Objects that a person might write by mistake, with what the API server has to say about each. */

interface WrongObject {
  readonly title: string;
  readonly object: object;
  readonly message: RegExp;
}

const object = (kind: string, spec: object, name = "wrong") => ({
  apiVersion: "sre-agent.dev/v1alpha1",
  kind,
  metadata: { name },
  spec,
});

const digest = `sha256:${"a".repeat(64)}`;
const when = [{ condition: { type: "Available", status: "False" } }];
const target = { kinds: ["Deployment"] };
const targets = [{ kind: "Deployment", names: ["web"] }];
const write = { verb: "patch", group: "apps", resource: "deployments", name: "web" };

export const WRONG_OBJECTS: readonly WrongObject[] = [
  {
    title: "an unknown field",
    object: object("SreTrigger", { target, when, modes: "approve" }),
    message: /unknown field "spec\.modes"/,
  },
  {
    title: "an unknown mode, listing the legal ones",
    object: object("SreTrigger", { target, when, mode: "yolo" }),
    message: /supported values: "observe", "propose", "approve", "auto"/,
  },
  {
    title: "mode off outside SrePolicy",
    object: object("SreTrigger", { target, when, mode: "off" }),
    message: /spec\.mode: Unsupported value: "off"/,
  },
  {
    title: "a trigger without when",
    object: object("SreTrigger", { target }),
    message: /spec\.when: Required value/,
  },
  {
    title: "a trigger entry with both condition and event",
    object: object("SreTrigger", { target, when: [{ ...when[0], event: { reasons: ["BackOff"] } }] }),
    message: /give exactly one of condition and event/,
  },
  {
    title: "a duration without a unit",
    object: object("SreTrigger", { target, when: [{ ...when[0], for: "30" }] }),
    message: /spec\.when\[0\]\.for.*should match/,
  },
  {
    title: "a kind that no trigger watches",
    object: object("SreTrigger", { target: { kinds: ["Secret"] }, when }),
    message: /supported values: "Deployment", "StatefulSet", "DaemonSet"/,
  },
  {
    title: "a name that is none",
    object: object("SreTrigger", { target, when, actionRefs: ["Roll Back"] }),
    message: /spec\.actionRefs\[0\]/,
  },
  {
    title: "an action of an unknown type",
    object: object("SreAction", { type: "Delete", targets }),
    message: /supported values: "Rollback", "Restart", "Scale", "Evict"/,
  },
  {
    title: "an action target that would allow everything",
    object: object("SreAction", { type: "Restart", targets: [{ kind: "Deployment" }] }),
    message: /an entry without either would allow everything/,
  },
  {
    title: "replica bounds that cross",
    object: object("SreAction", { type: "Scale", targets, bounds: { minReplicas: 9, maxReplicas: 3 } }),
    message: /minReplicas must not be above maxReplicas/,
  },
  {
    title: "replica bounds on a rollback",
    object: object("SreAction", { type: "Rollback", targets, bounds: { minReplicas: 1 } }),
    message: /belong to type Scale/,
  },
  {
    title: "scaling to zero",
    object: object("SreAction", { type: "Scale", targets, bounds: { minReplicas: 0 } }),
    message: /minReplicas.*greater than or equal to 1/,
  },
  {
    title: "an investigation without a symptom",
    object: object("SreInvestigation", { target: { kind: "Deployment", name: "web" } }),
    message: /spec\.symptom: Required value/,
  },
  {
    title: "an approval with a digest that is none",
    object: object("SreApproval", {
      remediationRef: { name: "act-1" },
      digest: "abc",
      decision: "Approve",
      approver: "me",
      write,
    }),
    message: /spec\.digest.*should match/,
  },
  {
    title: "an approval with an unknown decision",
    object: object("SreApproval", {
      remediationRef: { name: "act-1" },
      digest,
      decision: "Maybe",
      approver: "me",
      write,
    }),
    message: /supported values: "Approve", "Reject"/,
  },
  {
    title: "a second policy",
    object: object("SrePolicy", { mode: "observe" }, "second"),
    message: /there is one SrePolicy and its name is default/,
  },
  {
    title: "a policy rule for no namespace",
    object: object("SrePolicy", { mode: "approve", rules: [{ mode: "approve" }] }, "default"),
    message: /give exactly one of namespaces and namespaceSelector/,
  },
  {
    title: "a maintenance window at an hour that is none",
    object: object(
      "SrePolicy",
      {
        mode: "approve",
        rules: [{ namespaces: ["a"], mode: "approve", windows: [{ days: ["Mon"], from: "9", to: "17:00" }] }],
      },
      "default",
    ),
    message: /windows\[0\]\.from/,
  },
];
