import { isAbsolute, join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import type { ClusterTarget, Credential } from "./credentials.ts";

/** A kubeconfig user whose credential another program gives. */
export interface PluginUser {
  readonly exec?: object | undefined;
  readonly "auth-provider"?: object | undefined;
}

const NAME = "plugin";

/**
 * Credentials from an exec plugin or an auth provider. The only user of client-node, imported only when a kubeconfig
 * names such a plugin: it costs 300 ms and 90 MB. `folder` is the kubeconfig's: a plugin's path may be relative to it.
 */
export function pluginCredential(user: PluginUser, folder: string): ClusterTarget["credential"] {
  let config = configOf(user, folder);
  return async (force) => {
    // client-node keeps a plugin's token until it expires; only a new KubeConfig forgets a revoked one.
    if (force) config = configOf(user, folder);
    const options: Parameters<KubeConfig["applyToHTTPSOptions"]>[0] = { headers: {} };
    await config.applyToHTTPSOptions(options);
    return toCredential(options);
  };
}

function configOf(user: PluginUser, folder: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromOptions({
    // client-node wants a cluster; where requests go is decided elsewhere.
    clusters: [{ name: NAME, server: "https://unused.invalid" }],
    users: [{ name: NAME, exec: located(user.exec, folder), authProvider: user["auth-provider"] }],
    contexts: [{ name: NAME, cluster: NAME, user: NAME }],
    currentContext: NAME,
  });
  return config;
}

function located(exec: object | undefined, folder: string): object | undefined {
  if (exec === undefined || !("command" in exec)) return exec;
  const command = String(exec.command);
  return command.includes("/") && !isAbsolute(command) ? { ...exec, command: join(folder, command) } : exec;
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
