import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";

const root = join(import.meta.dirname, "../..");
const hasHelm = spawnSync("helm", ["version"]).status === 0;

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: { readonly template?: { readonly metadata?: { readonly annotations?: Record<string, string> } } };
}

function run(program: string, args: readonly string[], input = ""): string {
  return execFileSync(program, [...args], { cwd: root, input, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
}

const render = (...values: readonly string[]) => {
  const set = values.flatMap((value) => ["--set", value]);
  const place = ["--namespace", "sre-system", "--kube-version", "1.34.0"];
  return run("helm", ["template", "sre-agent", "deploy/chart", ...place, ...set]);
};

/** Objects by kind and name, without what only the chart knows of. */
function byName(stream: string): ReadonlyMap<string, Manifest> {
  const objects = parseAllDocuments(stream).map((document) => document.toJS() as Manifest | null);
  const named = objects
    .filter((object) => object !== null)
    .map((object) => {
      delete object.spec?.template?.metadata?.annotations?.["checksum/settings"];
      return [`${object.kind}/${object.metadata.name}`, object] as const;
    });
  return new Map(named);
}

describe.skipIf(!hasHelm)("the chart (skipped where helm is not on the PATH)", () => {
  it("has by default what kustomize has", () => {
    const chart = byName(render("policy.create=false", "bearer.create=false"));
    const manifests = new Map(byName(run("kubectl", ["kustomize", "deploy"])));
    manifests.delete("Namespace/sre-system");
    expect([...chart.keys()].sort()).toEqual([...manifests.keys()].sort());
    for (const [name, object] of manifests) expect(chart.get(name), name).toEqual(object);
  });

  it("is accepted by the API server with a model, settings and rules of its own", () => {
    const stream = render(
      "model.backend=responses",
      "model.endpoint=https://models.example.com/openai/v1/",
      "model.deployment=large",
      "optIn={default}",
      "operator.settings.INVESTIGATION_WORKERS=4",
      "prometheus.url=http://prometheus.monitoring:9090",
      "redis.url=redis://redis.cache",
    );
    const accepted = run("kubectl", ["apply", "--dry-run=server", "-o", "name", "-f", "-"], stream).split("\n");
    expect(stream).toMatch(/ports:\s+- port: 6379/);
    for (const name of [
      "configmap/sre-agent-settings",
      "configmap/sre-operator-settings",
      "configmap/sre-mcp-read-settings",
      "networkpolicy.networking.k8s.io/sre-agent-egress",
      "networkpolicy.networking.k8s.io/sre-mcp-read-egress",
      "srepolicy.sre-agent.dev/default",
      "rolebinding.rbac.authorization.k8s.io/sre-mcp-act-write",
    ])
      expect(accepted).toContain(name);
  });

  it.each([
    { value: "mode=everything", message: "mode" },
    { value: "imagee.tag=1", message: "imagee" },
    { value: "redis.url=redis", message: "redis" },
    { value: "model.backend=chat", message: "model.endpoint is needed" },
  ])("refuses $value", ({ value, message }) => {
    expect(() => render(value)).toThrow(message);
  });
});
