import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SYSTEM_NAMESPACE, serviceAccountUser } from "@sre-agent/deploy";
import { connect, createInstaller } from "@sre-agent/kube";
import { INCIDENTS, type Recording, type SandboxOptions, startSandbox } from "@sre-agent/sandbox";
import type { StoryName } from "./incident.ts";
import { writeKubeconfig } from "./kubeconfig.ts";
import { APPROVER, type Playground } from "./playground.ts";
import { allowDemo, DEMO_LABEL } from "./policy.ts";

/** An embedded cluster whose containers behave as the incident's rules say. */
export function openEmbedded(story: StoryName): Promise<Playground> {
  const { rules, name, title } = INCIDENTS[story];
  return open({ incident: { name, title, objects: [], rules, steps: [] } }, "shop");
}

/** An embedded cluster as it was recorded. */
export function openRecorded(recording: Recording, namespace: string): Promise<Playground> {
  return open({ recording }, namespace);
}

/** It knows users by their tokens and lets each do everything: what RBAC and admission hold back is shown on a real cluster. */
async function open(options: SandboxOptions, namespace: string): Promise<Playground> {
  const sandbox = await startSandbox(options);
  const folder = await mkdtemp(join(tmpdir(), "sre-agent-demo-"));
  const kubeconfig = join(folder, "admin.kubeconfig");
  await writeFile(kubeconfig, sandbox.kubeconfig, { mode: 0o600 });
  const admin = await connect({ kubeconfig });
  await prepare(admin, namespace);
  const place = { server: sandbox.url, namespace };
  const groups = ["system:serviceaccounts", `system:serviceaccounts:${SYSTEM_NAMESPACE}`];
  return {
    title: "an embedded cluster",
    admin,
    kubeconfig,
    namespace,
    image: { name: "localhost/toolbox:1", pullPolicy: "Never" },
    tokenOf: async (account, audience) => sandbox.tokenFor(serviceAccountUser(account), groups, [audience]),
    kubeconfigOf: (account) => {
      const token = sandbox.tokenFor(serviceAccountUser(account), groups);
      return writeKubeconfig(folder, account, { ...place, user: { token } });
    },
    approver: () => connect({ server: sandbox.url, token: sandbox.tokenFor(APPROVER), namespace }),
    async close() {
      await sandbox.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function prepare(admin: Awaited<ReturnType<typeof connect>>, namespace: string): Promise<void> {
  const installer = createInstaller(admin);
  const labels = { [DEMO_LABEL]: "true" };
  await installer.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: SYSTEM_NAMESPACE } });
  await installer.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels } });
  await allowDemo(admin);
}
