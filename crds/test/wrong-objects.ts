/**
 * Objects that a person might write by mistake, with what the API server has to say about each: rules over several
 * fields, fields that there are not, and what YAML makes of a word. wrong-fields.ts breaks each field by itself.
 */

interface WrongObject {
  readonly title: string;
  readonly object: object;
  readonly message: RegExp;
}

type Row = readonly [title: string, spec: object, message: RegExp];

function rows(kind: string, base: object, list: readonly Row[]): readonly WrongObject[] {
  return list.map(([title, spec, message]) => ({
    title: `${kind}: ${title}`,
    object: object(kind, { ...base, ...spec }, kind === "SrePolicy" ? "default" : "wrong"),
    message,
  }));
}

const object = (kind: string, spec: object, name: string) => ({
  apiVersion: "sre-agent.dev/v1alpha1",
  kind,
  metadata: { name },
  spec,
});

export const WRONG_OBJECTS: readonly WrongObject[] = [
  ...wrongTriggers(),
  ...wrongActions(),
  ...wrongInvestigations(),
  ...wrongPolicies(),
  {
    title: "SrePolicy: a second one",
    object: object("SrePolicy", { mode: "observe" }, "second"),
    message: /there is one SrePolicy and its name is default/,
  },
];

function wrongTriggers(): readonly WrongObject[] {
  const condition = { type: "Available", status: "False" };
  const target = { kinds: ["Deployment"] };
  return rows("SreTrigger", { target, when: [{ condition }] }, [
    ["an unknown field", { modes: "approve" }, /unknown field "spec\.modes"/],
    ["an unknown budget", { budget: { dollars: 5 } }, /unknown field "spec\.budget\.dollars"/],
    [
      "mode off, which is for SrePolicy alone",
      { mode: "off" },
      /spec\.mode: Unsupported value: "off": supported values: "observe", "propose", "approve", "auto"/,
    ],
    [
      "an entry with both condition and event",
      { when: [{ condition, event: { reasons: ["BackOff"] } }] },
      /give exactly one of condition and event/,
    ],
    ["an entry that waits for nothing", { when: [{ for: "1m" }] }, /give exactly one of condition and event/],
    ["a mode that YAML made a boolean", { mode: false }, /spec\.mode.*must be of type string: "boolean"/],
    [
      "a status that YAML made a boolean",
      { when: [{ condition: { ...condition, status: false } }] },
      /condition\.status.*must be of type string: "boolean"/,
    ],
    ["a duration that YAML made a number", { cooldown: 10 }, /spec\.cooldown.*must be of type string: "integer"/],
    ["a duration of two units", { cooldown: "1h30m" }, /spec\.cooldown.*should match/],
  ]);
}

function wrongActions(): readonly WrongObject[] {
  const targets = [{ kind: "Deployment", names: ["web"] }];
  return rows("SreAction", { type: "Scale", targets }, [
    [
      "a target that would allow everything",
      { targets: [{ kind: "Deployment" }] },
      /an entry without either would allow everything/,
    ],
    [
      "replica bounds that cross",
      { bounds: { minReplicas: 9, maxReplicas: 3 } },
      /minReplicas must not be above maxReplicas/,
    ],
    ["replica bounds on a rollback", { type: "Rollback", bounds: { minReplicas: 1 } }, /belong to type Scale/],
  ]);
}

function wrongInvestigations(): readonly WrongObject[] {
  return rows("SreInvestigation", { target: { kind: "Deployment", name: "web" }, symptom: "slow" }, [
    [
      "a namespace, which is its own",
      { target: { kind: "Deployment", namespace: "b" } },
      /unknown field "spec\.target\.namespace"/,
    ],
    ["a kind as kubectl abbreviates it", { target: { kind: "deploy" } }, /spec\.target\.kind.*should match/],
    ["mode off", { mode: "off" }, /spec\.mode: Unsupported value: "off"/],
  ]);
}

function wrongPolicies(): readonly WrongObject[] {
  const rule = (change: object) => ({ rules: [{ namespaces: ["a"], mode: "approve", ...change }] });
  const window = { days: ["Mon"], from: "09:00", to: "17:00" };
  return rows("SrePolicy", { mode: "observe" }, [
    [
      "a rule for no namespace",
      { rules: [{ mode: "approve" }] },
      /give exactly one of namespaces and namespaceSelector/,
    ],
    [
      "a rule by name and label",
      rule({ namespaceSelector: { matchLabels: { a: "b" } } }),
      /give exactly one of namespaces and namespaceSelector/,
    ],
    [
      "a window over midnight",
      rule({ windows: [{ ...window, from: "22:00", to: "06:00" }] }),
      /to must be after from: a window over midnight is two windows/,
    ],
    ["a window to the 25th hour", rule({ windows: [{ ...window, to: "25:00" }] }), /windows\[0\]\.to.*should match/],
    ["a window on a day in full", rule({ windows: [{ ...window, days: ["Monday"] }] }), /supported values: "Mon"/],
    ["mode off that YAML made a boolean", { mode: false }, /spec\.mode.*must be of type string: "boolean"/],
  ]);
}
