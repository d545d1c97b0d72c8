import { subscribe } from "node:diagnostics_channel";
import { appendFileSync } from "node:fs";

/**
 * Loaded before a measured program (`node --import`): writes each request that its HTTP client sends as a line into the
 * file API_CALLS_FILE. Inside the program, since a proxy would need the credentials of every kind of kubeconfig.
 */

const file = process.env["API_CALLS_FILE"] ?? "/dev/null";

subscribe("undici:request:create", (message) => {
  const { request } = message as { readonly request: { readonly method: string; readonly path: string } };
  appendFileSync(file, `${request.method} ${request.path}\n`);
});
