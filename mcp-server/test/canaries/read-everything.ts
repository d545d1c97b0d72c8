import type { Sandbox } from "@sre-agent/sandbox";

const LISTS = [
  "/api/v1/secrets",
  "/api/v1/configmaps",
  "/api/v1/pods",
  "/api/v1/events",
  "/api/v1/persistentvolumes",
  "/apis/apps/v1/deployments",
  "/apis/apps/v1/replicasets",
  "/apis/apps/v1/controllerrevisions",
  "/apis/batch/v1/cronjobs",
  "/apis/networking.k8s.io/v1/ingresses",
  "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
  "/apis/sre-agent.dev/v1alpha1/sreinvestigations",
];

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly namespace: string; readonly name: string };
    readonly spec: { readonly containers: readonly { readonly name: string }[] };
  }[];
}

/** What an administrator reads with no program of ours between: every object and every log. */
export async function readEverything(sandbox: Sandbox): Promise<string> {
  const headers = { authorization: `Bearer ${sandbox.tokenFor("admin")}` };
  const read = async (path: string) => (await fetch(`${sandbox.url}${path}`, { headers })).text();
  const objects = await Promise.all(LISTS.map(read));
  const { items } = JSON.parse(objects[LISTS.indexOf("/api/v1/pods")] ?? "") as PodList;
  const logs = items.flatMap(({ metadata: { namespace, name }, spec }) =>
    spec.containers.map((container) => `/api/v1/namespaces/${namespace}/pods/${name}/log?container=${container.name}`),
  );
  return [...objects, ...(await Promise.all(logs.map(read)))].join("\n");
}
