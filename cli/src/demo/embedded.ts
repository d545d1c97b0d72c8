import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SYSTEM_NAMESPACE, serviceAccountUser } from "@sre-agent/deploy";
import { connect, createInstaller } from "@sre-agent/kube";
import { INCIDENTS, startSandbox } from "@sre-agent/sandbox";
import type { StoryName } from "./incident.ts";
import { writeKubeconfig } from "./kubeconfig.ts";
import { APPROVER, type Playground } from "./playground.ts";
import { allowDemo, DEMO_LABEL } from "./policy.ts";

const NAMESPACE = "shop";

/**
 * An embedded cluster whose containers behave as the incident's rules say. It knows users by their tokens and lets
 * each do everything: what RBAC and admission hold back is shown on a real cluster.
 */
export async function openEmbedded(story: StoryName): Promise<Playground> {
  const { rules, name, title } = INCIDENTS[story];
  const sandbox = await startSandbox({ incident: { name, title, objects: [], rules, steps: [] } });
  const folder = await mkdtemp(join(tmpdir(), "sre-agent-demo-"));
  const kubeconfig = join(folder, "admin.kubeconfig");
  await writeFile(kubeconfig, sandbox.kubeconfig, { mode: 0o600 });
  const admin = await connect({ kubeconfig });
  await prepare(admin);
  const place = { server: sandbox.url, namespace: NAMESPACE };
  const groups = ["system:serviceaccounts", `system:serviceaccounts:${SYSTEM_NAMESPACE}`];
  return {
    title: "an embedded cluster",
    admin,
    kubeconfig,
    namespace: NAMESPACE,
    image: { name: "localhost/toolbox:1", pullPolicy: "Never" },
    tokenOf: async (account, audience) => sandbox.tokenFor(serviceAccountUser(account), groups, [audience]),
    kubeconfigOf: (account) => {
      const token = sandbox.tokenFor(serviceAccountUser(account), groups);
      return writeKubeconfig(folder, account, { ...place, user: { token } });
    },
    approver: () => connect({ server: sandbox.url, token: sandbox.tokenFor(APPROVER), namespace: NAMESPACE }),
    async close() {
      await sandbox.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function prepare(admin: Awaited<ReturnType<typeof connect>>): Promise<void> {
  const installer = createInstaller(admin);
  const labels = { [DEMO_LABEL]: "true" };
  await installer.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: SYSTEM_NAMESPACE } });
  await installer.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE, labels } });
  await allowDemo(admin);
}
