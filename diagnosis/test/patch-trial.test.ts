import type { Finding } from "@sre-agent/crds";
import { describe, expect, test } from "vitest";
import { type Draft, draft, fromControlPlane, fromTenant } from "../src/findings/draft.ts";
import { patchFix } from "../src/findings/fix.ts";
import { withSoundPatches } from "../src/findings/sound-patches.ts";
import { indexSnapshot, numberAt, type SnapshotIndex, type SnapshotObject } from "../src/index.ts";
import { snapshot } from "./builders.ts";
import { app, CRASHING, found, ingressTo, listens, object, said, service } from "./objects.ts";

const scaler = (name: string, target: string) =>
  object("HorizontalPodAutoscaler", name, {
    spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: target }, maxReplicas: 5 },
  });
const calling = (url: string) => app("front", { container: { env: [{ name: "API_URL", value: url }] } });
const api = app("api", { container: listens(8080) });
const closed = object("NetworkPolicy", "web", {
  spec: {
    podSelector: { matchLabels: { app: "web" } },
    ingress: [{ from: [{ podSelector: { matchLabels: { app: "admin" } } }] }],
  },
});

/** Each patch is right in itself, and with it alone something else is wrong that hid behind the first fault. */
test.each<readonly [string, readonly SnapshotObject[], string, RegExp]>([
  [
    "pods that a Service selects and whose port it misses",
    [
      ...app("web", { container: listens(8080) }),
      service("web", { selector: { app: "wob" }, ports: [{ name: "http", port: 80, targetPort: 9090 }] }),
    ],
    "Service/web",
    /app=web; for a person to decide, since with it alone this is wrong: Service\/web port http \(80\) sends to targetPort 9090/,
  ],
  [
    "a Service that has no such port",
    [
      ...api,
      service("api", { ports: [{ name: "http", port: 8081, targetPort: 8080 }] }),
      ingressTo("apis"),
      object("IngressClass", "nginx"),
    ],
    "Ingress/front",
    /with it alone this is wrong: Ingress\/front routes to port 80 of Service\/api/,
  ],
  [
    "a Service without pods",
    [service("api"), ...app("other"), ...calling("http://apii:80")],
    "Deployment/front",
    /with it alone this is wrong: Service\/api selects app=api, which no pod/,
  ],
  [
    "a workload that another autoscaler scales",
    [...app("web"), scaler("first", "web"), scaler("web", "wweb")],
    "HorizontalPodAutoscaler/web",
    /with it alone this is wrong: HorizontalPodAutoscaler\/first and HorizontalPodAutoscaler\/web have the same/,
  ],
  [
    "pods that a policy closes",
    [
      ...app("web", { container: listens(8080) }),
      service("web", { selector: { app: "wob" } }),
      ...calling("http://web:80"),
      closed,
    ],
    "Service/web",
    /with it alone this is wrong: NetworkPolicy\/web admits/,
  ],
])("a patch that leads to %s is for a person", (_, given, subject, reason) => {
  const logs = [said("front-0", "error: could not resolve host apii")];
  const finding = found(given, logs).find((each) => `${each.subject.kind}/${each.subject.name}` === subject);
  expect(finding?.fix).toEqual({ kind: "decision", summary: expect.stringMatching(reason) });
});

test("what was there before speaks against no patch, nor does what was observed", () => {
  const web = [...app("web", { ...CRASHING, container: listens(8080) }), service("web", { selector: { app: "wob" } })];
  const broken = [...app("db", { container: listens(5432) }), service("db", { ports: [{ port: 1, targetPort: 99 }] })];
  const findings = found([...web, ...broken]);
  expect(findings.find(({ analyzer }) => analyzer === "service-selector")?.fix?.kind).toBe("patch");
  expect(findings.map(({ analyzer }) => analyzer)).toContain("service-port");
});

describe("a finding whose patch changes nothing of it", () => {
  const [web] = app("web") as [SnapshotObject];
  const stubborn = (evidence: Draft["finding"]["evidence"]) => () => [
    draft({
      analyzer: "stubborn",
      layer: "apart",
      severity: "error",
      subject: web,
      causeKey: [],
      cause: "",
      symptom: "",
      evidence,
      fix: patchFix(web, [{ path: "/spec/replicas", from: 1, to: 2 }], "scale it"),
    }),
  ];
  const fixOf = (
    find: (index: SnapshotIndex) => readonly Draft[],
    objects: readonly SnapshotObject[],
    namespaces = ["shop"],
  ) => {
    const index = indexSnapshot({ ...snapshot(objects), namespaces });
    const drafts = find(index);
    return withSoundPatches(
      drafts.map(({ finding }) => finding),
      { index, drafts },
      find,
    )[0]?.fix as Finding["fix"];
  };
  const pod = app("web")[1] as SnapshotObject;

  test("is refuted where it rests on what people declared", () =>
    expect(fixOf(stubborn([fromTenant(web, "spec.replicas", "1")]), [web])).toEqual({
      kind: "decision",
      summary: "scale it; for a person to decide, since it does not remove the cause",
    }));

  test.each([
    ["what the control plane wrote", [fromControlPlane(web, "spec.replicas", "1")]],
    ["a log", [fromTenant(web, "spec.replicas", "1"), fromTenant(web, "log[main]", "no")]],
    ["nothing", []],
    ["a pod that a controller made", [fromTenant(pod, "spec.nodeName", "a")]],
  ])("proves nothing where it rests on %s", (_, evidence) =>
    expect(fixOf(stubborn(evidence), [web, pod])?.kind).toBe("patch"),
  );

  describe("and something is newly wrong", () => {
    const env = [{ name: "PIN", value: "tulip-4711" }];
    const [bank] = app("bank", { namespace: "bank", container: { env } }) as [SnapshotObject];
    const elsewhere = (severity: Finding["severity"]) => (index: SnapshotIndex) => {
      const scaled = numberAt(index.byName("Deployment", "shop", "web"), "spec", "replicas") === 2;
      const cause = "Deployment/bank reads tulip-4711";
      const parts = { analyzer: "new", layer: "apart", severity, causeKey: [], symptom: "", cause } as const;
      const evidence = [fromTenant(bank, "spec", "x")];
      const news = scaled ? [draft({ ...parts, subject: bank, evidence })] : [];
      return [...stubborn([fromControlPlane(web, "status", "bank")])(), ...news];
    };

    test("is told, without values of env of any namespace", () =>
      expect(fixOf(elsewhere("warning"), [web, bank], ["shop", "bank"])).toEqual({
        kind: "decision",
        summary: "scale it; for a person to decide, since with it alone this is wrong: Deployment/bank reads <env PIN>",
      }));

    test("stays a patch where that is advice", () =>
      expect(fixOf(elsewhere("info"), [web, bank], ["shop", "bank"])?.kind).toBe("patch"));
  });

  test("is left a patch and says so where too many objects would have to be looked at", () => {
    const crowd = Array.from({ length: 30_000 }, (_, number) => object("ConfigMap", `c${number}`));
    expect(fixOf(stubborn([fromTenant(web, "spec.replicas", "1")]), [web, ...crowd])).toMatchObject({
      kind: "patch",
      summary: "scale it (not tried on the other objects, which are too many)",
    });
  });

  test("is tried among the objects of its own namespace alone", () => {
    const crowd = Array.from({ length: 30_000 }, (_, number) =>
      object("ConfigMap", `c${number}`, { metadata: { namespace: "elsewhere" } }),
    );
    const fix = fixOf(stubborn([fromTenant(web, "spec.replicas", "1")]), [web, ...crowd]);
    expect(fix?.kind).toBe("decision");
  });
});
