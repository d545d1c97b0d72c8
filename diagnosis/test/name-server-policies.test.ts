import { describe, expect, test } from "vitest";
import type { Fields } from "./builders.ts";
import { app, found, listens, object, service } from "./objects.ts";

const namespaces = ["shop", "kube-system"].map((name) =>
  object("Namespace", name, { metadata: { labels: { "kubernetes.io/metadata.name": name } } }),
);
const client = { env: [{ name: "API_URL", value: "http://api" }] };
const given = (egress: readonly Fields[], spec: Fields = {}) => [
  ...namespaces,
  ...app("api", { container: listens(8080) }),
  service("api"),
  ...app("front", { container: client, spec }),
  object("NetworkPolicy", "out", {
    spec: { podSelector: { matchLabels: { app: "front" } }, policyTypes: ["Egress"], egress },
  }),
];
const home = { to: [{ podSelector: {} }] };
const kubeSystem = { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } };
const dns = (to: readonly Fields[], protocol = "UDP") => ({
  ...(to.length > 0 ? { to } : {}),
  ports: [{ protocol, port: 53 }],
});
const START = "NetworkPolicy/out lets no pod of Deployment/front ask a name server: ";
const END = ", and env API_URL of container main names api";

describe("egress that forgets the name server", () => {
  test.each<readonly [string, readonly Fields[], string, string]>([
    [
      "only pods of its own namespace",
      [home],
      "port 53 is open to pods of namespace shop alone (spec.egress[0].to[0])",
      "error",
    ],
    ["port 53 by TCP alone", [home, dns([], "TCP")], "no egress rule opens port 53 by UDP", "error"],
    [
      "a label that kube-system does not carry",
      [home, dns([{ namespaceSelector: { matchLabels: { name: "kube-system" } } }])],
      "port 53 is open to namespaces with name=kube-system, and Namespace/kube-system carries kubernetes.io/metadata.name=kube-system (spec.egress[1].to[0].namespaceSelector)",
      "error",
    ],
    [
      "pods of another name",
      [home, dns([{ namespaceSelector: kubeSystem, podSelector: { matchLabels: { "k8s-app": "core-dns" } } }])],
      "port 53 is open to pods with k8s-app=core-dns, and name servers carry k8s-app=kube-dns by convention (spec.egress[1].to[0].podSelector)",
      "warning",
    ],
  ])("%s", (_, egress, reason, severity) => {
    const [finding, ...others] = found(given(egress));
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ severity, cause: `${START}${reason}${END}` });
  });

  test("the label is corrected where one was meant, and a rule added where none was", () => {
    const wrong = { matchLabels: { name: "kube-system" } };
    expect(found(given([home, dns([{ namespaceSelector: wrong }])]))[0]?.fix).toMatchObject({
      patch: [
        { path: "/spec/egress/1/to/0/namespaceSelector", from: JSON.stringify(wrong), to: JSON.stringify(kubeSystem) },
      ],
    });
    expect(found(given([home]))[0]?.fix).toMatchObject({
      patch: [{ path: "/spec/egress", from: JSON.stringify([home]) }],
    });
  });

  test.each<readonly [string, readonly Fields[], Fields | undefined]>([
    ["the name server of kube-system", [home, dns([{ namespaceSelector: kubeSystem }])], undefined],
    [
      "by its pods",
      [home, dns([{ namespaceSelector: kubeSystem, podSelector: { matchLabels: { "k8s-app": "kube-dns" } } }])],
      undefined,
    ],
    ["port 53 of everybody", [home, dns([])], undefined],
    ["every namespace", [{ to: [{ namespaceSelector: {} }] }], undefined],
    ["addresses, of which nobody knows whose they are", [home, dns([{ ipBlock: { cidr: "10.0.0.0/8" } }])], undefined],
    ["a pod on the network of its node", [home], { hostNetwork: true, dnsPolicy: "ClusterFirstWithHostNet" }],
  ])("silent: %s", (_, egress, spec) => {
    expect(found(given(egress, spec))).toEqual([]);
  });
});

describe("a port that a policy opens instead of the pods'", () => {
  const server = (name: string, ports: readonly Fields[], from: readonly Fields[] = []) => [
    ...app("api", {
      container: {
        ports: [
          { name: "http", containerPort: 8080 },
          { name: "metrics", containerPort: 9100 },
        ],
      },
    }),
    service("api"),
    ...app("front", { container: client }),
    object("NetworkPolicy", name, {
      spec: {
        podSelector: { matchLabels: { app: "api" } },
        ingress: [{ ...(from.length > 0 ? { from } : {}), ports }],
      },
    }),
  ];
  const peer = [{ podSelector: { matchLabels: { app: "front" } } }];

  test.each<readonly [string, readonly Fields[], string, string]>([
    ["a name that no port of them has", [{ port: "web" }], "TCP web", "http (8080)"],
    ["the port of the Service", [{ port: 80 }], "TCP 80", "8080"],
  ])("%s", (_, ports, open, listening) => {
    const [finding] = found(server("in", ports));
    expect(finding?.cause).toContain(`admits port ${open} alone, and the pods listen on ${listening}`);
    expect(finding?.fix).toMatchObject({ patch: [{ path: "/spec/ingress/0/ports/0/port", to: "8080" }] });
  });

  test("another port of theirs stays open", () => {
    const [finding] = found(server("in", [{ port: 9100 }], peer));
    expect(finding).toMatchObject({ severity: "warning", fix: { kind: "decision" } });
  });
});

describe("a port by a name that the pods do not have", () => {
  const named = (port: string, selector: Fields = { matchLabels: { app: "api" } }) => [
    ...app("api", { container: listens(8080) }),
    object("NetworkPolicy", "in", { spec: { podSelector: selector, ingress: [{ ports: [{ port }] }] } }),
  ];

  test.each([
    ["web", "decision"],
    ["htpp", "patch"],
  ])("%s opens nothing, also where nobody is known to call", (port, kind) => {
    expect(found(named(port))).toMatchObject([
      {
        severity: "warning",
        cause: `NetworkPolicy/in admits to port "${port}" (spec.ingress[0].ports[0].port), a name that no port of the pods that it selects has; theirs are http`,
        fix: { kind },
      },
    ]);
  });

  test("silent: the name of a port, and pods that are not there", () => {
    expect(found(named("http"))).toEqual([]);
    expect(found(named("web", { matchLabels: { quarantine: "true" } }))).toEqual([]);
  });
});

test("a policy of every pod is not opened for one of them", () => {
  const [finding] = found([
    ...app("api", { container: listens(8080) }),
    service("api"),
    ...app("front", { container: client }),
    object("NetworkPolicy", "deny", { spec: { podSelector: {}, policyTypes: ["Ingress"] } }),
  ]);
  expect(finding).toMatchObject({ severity: "warning", fix: { kind: "decision" } });
  expect(finding?.fix?.summary).toContain(
    "selects the pods of Deployment/api alone and admits Deployment/front on port 8080",
  );
});
