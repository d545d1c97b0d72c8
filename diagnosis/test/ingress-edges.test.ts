import { describe, expect, test } from "vitest";
import { type Fields, minutesAgo } from "./builders.ts";
import { app, causes, found, ingressTo, listens, object, service } from "./objects.ts";

const api = [...app("api", { container: listens(8080) }), service("api")];
const LEGACY = "kubernetes.io/ingress.class";
const classes = (...names: readonly string[]) => names.map((name) => object("IngressClass", name));
const annotated = (ingress: ReturnType<typeof ingressTo>, annotations: Fields, age = 60) => ({
  ...ingress,
  metadata: {
    ...ingress.metadata,
    annotations: annotations as Record<string, string>,
    creationTimestamp: minutesAgo(age),
  },
});
const served = { status: { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } } };
const withClass = (name: string | undefined) => ingressTo("api", { number: 80 }, { ingressClassName: name });

describe("the class of an Ingress", () => {
  test("another one is no misspelling: it may serve another public", () => {
    const [finding] = found([...api, ...classes("public"), withClass("internal")]);
    expect(finding).toMatchObject({ severity: "error", fix: { kind: "decision" } });
  });

  test("a cluster without any class may have no controller on purpose", () => {
    expect(found([...api, withClass("nginx")])).toMatchObject([{ analyzer: "ingress-class", severity: "warning" }]);
  });

  test("by the annotation of old, misspelt", () => {
    const old = annotated(withClass(undefined), { [LEGACY]: "ngnix" });
    expect(found([...api, ...classes("nginx", "other"), old])).toMatchObject([
      {
        cause: `Ingress/front has metadata.annotations[${LEGACY}] ngnix, and the nearest IngressClass is nginx; no controller gave it an address`,
        fix: { patch: [{ path: "/metadata/annotations/kubernetes.io~1ingress.class", to: '"nginx"' }] },
      },
    ]);
  });

  test.each([
    ["a class without an object, and an address", [...classes("nginx"), { ...withClass("gce"), ...served }]],
    ["an annotation like no class", [...classes("nginx"), annotated(withClass(undefined), { [LEGACY]: "gce" })]],
    ["the annotation of a class", [...classes("nginx"), annotated(withClass(undefined), { [LEGACY]: "nginx" })]],
  ])("silent: %s", (_, given) => {
    expect(found([...api, ...given])).toEqual([]);
  });
});

const certificate = (fields: Fields, metadata: Fields = {}) =>
  object("Secret", "shop-tls", {
    metadata,
    type: "kubernetes.io/tls",
    data: { "tls.crt": "", "tls.key": "" },
    certificate: {
      names: ["DNS:shop.example"],
      notBefore: minutesAgo(9000),
      notAfter: "2027-01-01T00:00:00Z",
      ...fields,
    },
  });
const secured = (...hosts: readonly string[]) =>
  ingressTo("api", { number: 80 }, { tls: [{ hosts, secretName: "shop-tls" }] });
const START = "Ingress/front takes its certificate from Secret/shop-tls, ";

describe("the certificate of an Ingress", () => {
  test.each([
    [
      "no host at all",
      [certificate({ names: [] }), secured("shop.example")],
      "whose certificate is for no host (it has no subject alternative names), not for shop.example",
    ],
    [
      "a Secret of another namespace",
      [certificate({}, { namespace: "infra" }), secured("shop.example")],
      "which does not exist in its namespace; namespace infra has Secret/shop-tls, and an Ingress takes none from there",
    ],
    [
      "one that is asked for and was not issued",
      [annotated(secured("shop.example"), { "cert-manager.io/cluster-issuer": "acme" })],
      "which does not exist in its namespace; annotation cert-manager.io/cluster-issuer asks for it",
    ],
    [
      "a host that no rule has",
      [certificate({}), secured("shop.exmaple")],
      "for host shop.exmaple (spec.tls[0].hosts[0]), which no rule has; the rule's host shop.example gets no certificate",
    ],
  ])("%s", (_, given, words) => {
    expect(causes([...api, ...classes("nginx"), ...given])).toEqual([`${START}${words}`]);
  });

  test.each([
    ["one that is being issued", [annotated(secured("shop.example"), { "cert-manager.io/issuer": "acme" }, 1)]],
    [
      "a host more than the rules have",
      [certificate({ names: ["DNS:*.example"] }), secured("shop.example", "old.example")],
    ],
    ["one whose names were not read", [certificate({ names: undefined }), secured("shop.example")]],
  ])("silent: %s", (_, given) => {
    expect(found([...api, ...classes("nginx"), ...given])).toEqual([]);
  });
});

describe("what is near and another thing is for a person to decide", () => {
  test.each([
    [
      "a Service of another version",
      [...api, service("pay-v2"), ...app("pay-v2"), ...classes("nginx"), ingressTo("pay-v1")],
    ],
    [
      "a Secret of another environment",
      [
        ...api,
        ...classes("nginx"),
        object("Secret", "shop-tls-2", { type: "kubernetes.io/tls", data: { "tls.crt": "", "tls.key": "" } }),
        secured("shop.example"),
      ],
    ],
  ])("%s", (_, given) => {
    const findings = found(given);
    expect(findings[0]?.cause).toMatch(/the nearest is/);
    expect(findings.map(({ fix }) => fix?.kind)).toEqual(["decision"]);
  });
});
