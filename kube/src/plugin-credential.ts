import { delimiter } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import type { ClusterTarget, Credential } from "./credentials.ts";

/**
 * Credentials from an exec plugin or an auth provider. The only user of client-node, imported only when a kubeconfig
 * names such a plugin: it costs 300 ms and 90 MB.
 */
export function pluginCredential(place: {
  readonly kubeconfig: string;
  readonly context: string;
}): ClusterTarget["credential"] {
  let config = load(place);
  return async (force) => {
    // client-node keeps a plugin's token until it expires; only a new KubeConfig forgets a revoked one.
    if (force) config = load(place);
    const options: Parameters<KubeConfig["applyToHTTPSOptions"]>[0] = { headers: {} };
    await config.applyToHTTPSOptions(options);
    return toCredential(options);
  };
}

function load({ kubeconfig, context }: { readonly kubeconfig: string; readonly context: string }): KubeConfig {
  const config = new KubeConfig();
  const [first = "", ...others] = kubeconfig.split(delimiter).filter(Boolean);
  config.loadFromFile(first);
  for (const path of others) {
    const other = new KubeConfig();
    other.loadFromFile(path);
    config.mergeConfig(other);
  }
  config.setCurrentContext(context);
  return config;
}

function toCredential(options: { headers?: unknown; cert?: unknown; key?: unknown }): Credential {
  const headers = new Headers(options.headers as Record<string, string>);
  return {
    authorization: headers.get("authorization") ?? undefined,
    certificate: pemText(options.cert),
    key: pemText(options.key),
  };
}

function pemText(value: unknown): string | undefined {
  return typeof value === "string" || Buffer.isBuffer(value) ? value.toString() : undefined;
}
