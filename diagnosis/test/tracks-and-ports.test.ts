import { describe, expect, test } from "vitest";
import { app, found, listens, revised, said, service } from "./objects.ts";

describe("a Service that selects a track at zero replicas", () => {
  const track = (name: string, value: string, replicas: number) =>
    app(name, { labels: { app: "mail", track: value }, replicas, pods: replicas });
  const canary = track("mail-canary", "canary", 0);
  const mail = service("mail", { selector: { app: "mail", track: "canary" } });

  test("names the one that runs beside it", () => {
    const [finding] = found([...track("mail", "stable", 1), ...canary, mail]);
    expect(finding?.cause).toBe(
      "Deployment/mail-canary has spec.replicas 0, so that Service/mail, which selects its pods, has no endpoint; the pods of Deployment/mail are ready and carry track=stable where spec.selector of Service/mail asks track=canary",
    );
  });

  test("names nothing where nothing comes near", () => {
    const [finding] = found([...app("other"), ...canary, mail]);
    expect(finding?.cause).toMatch(/has no endpoint$/);
  });

  test("silent: the Service selects both tracks", () => {
    const both = service("mail", { selector: { app: "mail" } });
    expect(found([...track("mail", "stable", 1), ...canary, both])).toEqual([]);
  });
});

test("a port in a setting of its own is not written into the host", () => {
  const env = [
    { name: "API_HOST", value: "api" },
    { name: "API_PORT", value: "8080" },
  ];
  const given = [...app("api", { container: listens(8080) }), service("api"), ...app("front", { container: { env } })];
  const log = said("front-0", "ERROR call failed: Failed to connect to api port 8080: connection timed out");
  const [finding] = found(given, [log]);
  expect(finding?.cause).toBe(
    "Deployment/front: env API_PORT of container main names port 8080 of Service/api, which has http (80)",
  );
  expect(finding?.fix).toMatchObject({
    kind: "patch",
    patch: [{ path: "/spec/template/spec/containers/0/env/1/value", from: '"8080"', to: '"80"' }],
    summary: "correct the address in env API_PORT of container main: api:80",
  });
});

test("no label of one revision is offered to a Service", () => {
  const labels = { name: "cache" };
  const cache = revised(app("cache", { labels }), "Pod", {
    metadata: { labels: { ...labels, "pod-template-hash": "658dcd4b8d" } },
  });
  const [finding] = found([...cache, service("cache")]);
  expect(finding?.subject).toMatchObject({ kind: "Service", name: "cache" });
  expect(finding?.fix?.summary).toContain("name=cache");
  expect(JSON.stringify(finding)).not.toContain("pod-template-hash");
});

describe("ports in the commands of pods that declare none", () => {
  const behind = (script: string) => [
    ...app("web", { container: { command: ["sh", "-c", script] } }),
    service("web", { ports: [{ port: 80, targetPort: 8080 }] }),
  ];

  test.each([
    "while true; do curl -s http://pg.data.svc:5432; sleep 4; done",
    "until pg_isready -h pg -p 5432; do sleep 1; done; sleep 1d",
    "until nc -z -w 2 pg 5432; do sleep 1; done; exec serve --db pg:5432",
    "exec serve --cache=redis://cache:6379/0",
  ])("silent: the port of somebody who is called: %s", (script) => {
    expect(found(behind(script))).toEqual([]);
  });

  test.each([
    "httpd -f -p 9090",
    "nc -lk -p 9090",
    "nc -l -p 9090",
    "serve --listen=:9090",
    "serve --addr 0.0.0.0:9090",
  ])("its own port: %s", (script) => {
    expect(found(behind(`curl -s http://pg:5432; exec ${script}`))[0]?.cause).toBe(
      "Service/web port 80 sends to targetPort 8080; its pods listen on 9090 (Deployment/web)",
    );
  });
});

describe("a second workload behind a Service that shows no port", () => {
  const part = (name: string, component: string, command: readonly string[] | undefined) =>
    app(name, { labels: { app: "shop", component }, container: { command } });
  const given = (worker: readonly string[] | undefined) => [
    ...part("web", "web", ["httpd", "-f", "-p", "8080"]),
    ...part("mail", "worker", worker),
    service("shop"),
    ...app("caller", { container: { command: ["curl", "http://shop/"] } }),
  ];
  const refused = said("caller-0", "ERROR GET http://shop/: connect: connection refused");

  test("is named where callers are refused", () => {
    expect(found(given(["sleep", "86400"]), [refused])).toMatchObject([
      {
        severity: "error",
        cause:
          "Service/shop selects app=shop, which also the pods of Deployment/mail carry; nothing shows that these listen on port 8080, unlike those of Deployment/web (component=web)",
        fix: { kind: "decision", summary: "let Service/shop select the pods of Deployment/web alone: component=web" },
      },
    ]);
  });

  test("silent: nobody is refused, or nobody knows what its image starts", () => {
    expect(found(given(["sleep", "86400"]))).toEqual([]);
    const causes = found(given(undefined), [refused]).map(({ analyzer }) => analyzer);
    expect(causes).not.toContain("service-spread");
  });
});
