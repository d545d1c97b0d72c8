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
  ...wrongTriggers(),
  ...wrongInvestigations(),
  ...wrongPolicies(),
];

type Row = readonly [title: string, spec: object, message: RegExp];

function rows(kind: string, base: object, list: readonly Row[]): readonly WrongObject[] {
  return list.map(([title, spec, message]) => ({
    title: `${kind}: ${title}`,
    object: object(kind, { ...base, ...spec }, kind === "SrePolicy" ? "default" : "wrong"),
    message,
  }));
}

function wrongTriggers(): readonly WrongObject[] {
  const event = (change: object) => ({ when: [{ event: { reasons: ["BackOff"], ...change } }] });
  const condition = (change: object) => ({ when: [{ condition: { ...when[0]?.condition, ...change } }] });
  return rows("SreTrigger", { target, when }, [
    ["no target", { target: undefined }, /spec\.target: Required value/],
    ["no kind", { target: { kinds: [] } }, /spec\.target\.kinds.*at least 1 items/],
    [
      "a selector of nothing",
      { target: { ...target, selector: { matchLabels: {} } } },
      /matchLabels.*at least 1 properties/,
    ],
    ["an empty when", { when: [] }, /spec\.when.*at least 1 items/],
    ["a when that waits for nothing", { when: [{ for: "1m" }] }, /give exactly one of condition and event/],
    [
      "a condition of something else",
      condition({ of: "Nodes" }),
      /of: Unsupported value: "Nodes": supported values: "Target", "Pods"/,
    ],
    ["a condition without a status", condition({ status: undefined }), /condition\.status: Required value/],
    [
      "a status that YAML made a boolean",
      condition({ status: false }),
      /condition\.status.*must be of type string: "boolean"/,
    ],
    ["an event without reasons", { when: [{ event: {} }] }, /event\.reasons: Required value/],
    ["an event with no reason", event({ reasons: [] }), /event\.reasons.*at least 1 items/],
    ["an event of an unknown type", event({ type: "Error" }), /supported values: "Normal", "Warning"/],
    ["no occurrence", event({ atLeast: 0 }), /event\.atLeast.*greater than or equal to 1/],
    ["a pause in words", event({ quiet: "ten minutes" }), /event\.quiet.*(should match|Too long)/],
    ["a cooldown in weeks", { cooldown: "1w" }, /spec\.cooldown.*should match/],
    ["a mode that YAML made a boolean", { mode: false }, /spec\.mode.*must be of type string: "boolean"/],
    ["a budget of no step", { budget: { steps: 0 } }, /spec\.budget\.steps.*greater than or equal to 1/],
    ["an unknown budget", { budget: { dollars: 5 } }, /unknown field "spec\.budget\.dollars"/],
    ["instructions without end", { instructions: "x".repeat(4_001) }, /spec\.instructions: Too long.*4000/],
    ["suspended in words", { suspend: "yes" }, /spec\.suspend.*must be of type boolean: "string"/],
    ["a history of nothing", { historyLimit: 0 }, /spec\.historyLimit.*greater than or equal to 1/],
    ["a history without end", { historyLimit: 501 }, /spec\.historyLimit.*less than or equal to 500/],
    [
      "too many actions",
      { actionRefs: Array.from({ length: 17 }, (_, at) => `a${at}`) },
      /spec\.actionRefs: Too many: 17: must have at most 16 items/,
    ],
  ]);
}

function wrongInvestigations(): readonly WrongObject[] {
  return rows("SreInvestigation", { target: { kind: "Deployment", name: "web" }, symptom: "slow" }, [
    ["no target", { target: undefined }, /spec\.target: Required value/],
    ["a kind as kubectl abbreviates it", { target: { kind: "deploy" } }, /spec\.target\.kind.*should match/],
    ["a name that is none", { target: { kind: "Deployment", name: "Web App" } }, /spec\.target\.name.*should match/],
    [
      "an apiVersion that is none",
      { target: { kind: "Deployment", apiVersion: "apps" } },
      /spec\.target\.apiVersion.*should match/,
    ],
    [
      "a namespace, which is its own",
      { target: { kind: "Deployment", namespace: "b" } },
      /unknown field "spec\.target\.namespace"/,
    ],
    ["an empty symptom", { symptom: "" }, /spec\.symptom.*at least 1 chars long/],
    ["a novel as a symptom", { symptom: "x".repeat(2_001) }, /spec\.symptom: Too long.*2000/],
    [
      "mode off",
      { mode: "off" },
      /spec\.mode: Unsupported value: "off": supported values: "observe", "propose", "approve", "auto"/,
    ],
    ["a requester without a name", { requester: {} }, /spec\.requester\.user: Required value/],
    ["a budget of a week", { budget: { seconds: 604_800 } }, /spec\.budget\.seconds.*less than or equal to 3600/],
    ["a trigger without its uid", { triggerRef: { name: "t", episode: 1 } }, /spec\.triggerRef\.uid: Required value/],
    ["an action that cannot be one", { actionRefs: ["Roll back"] }, /spec\.actionRefs\[0\].*should match/],
  ]);
}

function wrongPolicies(): readonly WrongObject[] {
  const rule = (change: object) => ({ rules: [{ namespaces: ["a"], mode: "approve", ...change }] });
  const window = { days: ["Mon"], from: "09:00", to: "17:00" };
  return rows("SrePolicy", { mode: "observe" }, [
    ["no mode", { mode: undefined }, /spec\.mode: Required value/],
    [
      "an unknown mode",
      { mode: "on" },
      /spec\.mode: Unsupported value: "on": supported values: "off", "observe", "propose", "approve", "auto"/,
    ],
    ["no run at once", { investigations: { maxConcurrent: 0 } }, /maxConcurrent.*greater than or equal to 1/],
    ["no run in an hour", { investigations: { maxPerHour: 0 } }, /maxPerHour.*greater than or equal to 1/],
    ["a retention without a unit", { retention: { investigations: "7" } }, /retention\.investigations.*should match/],
    ["a breaker that never closes", { breaker: { failures: 0 } }, /breaker\.failures.*greater than or equal to 1/],
    ["a breaker without a unit", { breaker: { within: "1" } }, /breaker\.within.*should match/],
    [
      "a protected namespace that is none",
      { protectedNamespaces: ["Kube System"] },
      /protectedNamespaces\[0\].*should match/,
    ],
    [
      "a rule by name and label",
      rule({ namespaceSelector: { matchLabels: { a: "b" } } }),
      /give exactly one of namespaces and namespaceSelector/,
    ],
    ["a rule of an unknown mode", rule({ mode: "maybe" }), /rules\[0\]\.mode: Unsupported value: "maybe"/],
    [
      "a quota of nothing",
      rule({ quotas: { perNamespacePerHour: 0 } }),
      /perNamespacePerHour.*greater than or equal to 1/,
    ],
    [
      "a window on no day",
      rule({ windows: [{ ...window, days: ["Monday"] }] }),
      /days\[0\]: Unsupported value: "Monday": supported values: "Mon"/,
    ],
    [
      "a window over midnight",
      rule({ windows: [{ ...window, from: "22:00", to: "06:00" }] }),
      /to must be after from: a window over midnight is two windows/,
    ],
    ["a window to the 25th hour", rule({ windows: [{ ...window, to: "25:00" }] }), /windows\[0\]\.to.*should match/],
    [
      "a model budget of nothing",
      { modelBudget: { inputTokens: 1 } },
      /modelBudget\.inputTokens.*greater than or equal to 1000/,
    ],
  ]);
}
