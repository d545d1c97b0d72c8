import { fileSecret } from "@sre-agent/frame";
import type { BackendConfig } from "../config.ts";
import { type Backend, createBackend } from "./http-backend.ts";

/** The servers beside the cluster that the read tools may ask. */
export interface Backends {
  readonly prometheus?: Backend;
  readonly loki?: Backend;
}

/** Connects to nothing: the first query does. */
export function createBackends(settings: BackendConfig): Backends {
  const { PROMETHEUS_URL, PROMETHEUS_TOKEN_FILE, LOKI_URL, LOKI_TOKEN_FILE, LOKI_TENANT } = settings;
  const tokenOf = (file: string | undefined) => (file === undefined ? {} : { token: fileSecret(file) });
  const tenant = LOKI_TENANT === undefined ? {} : { headers: { "x-scope-orgid": LOKI_TENANT } };
  return {
    ...(PROMETHEUS_URL === undefined
      ? {}
      : { prometheus: createBackend({ name: "Prometheus", url: PROMETHEUS_URL, ...tokenOf(PROMETHEUS_TOKEN_FILE) }) }),
    ...(LOKI_URL === undefined
      ? {}
      : { loki: createBackend({ name: "Loki", url: LOKI_URL, ...tokenOf(LOKI_TOKEN_FILE), ...tenant }) }),
  };
}
