import { writeFile } from "node:fs/promises";
import { join } from "node:path";

export interface KubeconfigContent {
  readonly server: string;
  /** PEM; absent for plain http. */
  readonly authority?: string;
  readonly namespace: string;
  readonly user: { readonly token: string } | { readonly certificate: string; readonly key: string };
}

const base64 = (text: string) => Buffer.from(text).toString("base64");

/** Writes a kubeconfig of one user to `folder`, readable by its owner only, and answers with its path. */
export async function writeKubeconfig(folder: string, name: string, content: KubeconfigContent): Promise<string> {
  const { server, authority, namespace, user } = content;
  const cluster = { server, ...(authority === undefined ? {} : { "certificate-authority-data": base64(authority) }) };
  const credential =
    "token" in user
      ? { token: user.token }
      : { "client-certificate-data": base64(user.certificate), "client-key-data": base64(user.key) };
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "demo",
    clusters: [{ name: "demo", cluster }],
    users: [{ name, user: credential }],
    contexts: [{ name: "demo", context: { cluster: "demo", user: name, namespace } }],
  };
  const path = join(folder, `${name}.kubeconfig`);
  await writeFile(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}
