// warm-compile-cache.mjs FOLDER: starts each role once with FOLDER as its compile cache; run while the image is built.
// There is no cluster to talk to: a role loads what it needs, says that it serves, and is stopped. A role that does not
// come so far leaves a colder cache, which costs milliseconds at each start; that is no reason to have no image.
import { spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const WITHIN_MS = [3_000, 20_000];
const STOP_WITHIN_MS = 5_000;

const cache = process.argv[2];
const folder = mkdtempSync(join(tmpdir(), "warm-"));
const file = (name, text) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const secret = file("secret", "only-for-the-build");
const nowhere = "http://127.0.0.1:9";
const kubeconfig = file(
  "kubeconfig",
  JSON.stringify({
    "current-context": "build",
    clusters: [{ name: "build", cluster: { server: nowhere } }],
    users: [{ name: "build", user: { token: "only-for-the-build" } }],
    contexts: [{ name: "build", context: { cluster: "build", user: "build" } }],
  }),
);
const settings = {
  operator: { KUBECONFIG: kubeconfig, AGENT_URL: nowhere, AGENT_SECRET_FILE: secret },
  agent: { AGENT_SECRET_FILE: secret, MCP_READ_URL: `${nowhere}/mcp`, MCP_TOKEN_FILE: secret },
  "mcp-read": { KUBECONFIG: kubeconfig },
  "mcp-act": { KUBECONFIG: kubeconfig },
};

/** Whether the role said that it serves within `withinMs`; it has ended in either case. */
function served(role, withinMs) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["/app/entry.mjs", role], {
      env: { NODE_COMPILE_CACHE: cache, HOST: "127.0.0.1", PORT: "0", ...settings[role] },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let serves = false;
    const stop = () => {
      child.kill("SIGTERM");
      setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS).unref();
    };
    const deadline = setTimeout(stop, withinMs);
    child.stderr.on("data", (chunk) => {
      if (serves || !String(chunk).includes('"serving"')) return;
      serves = true;
      clearTimeout(deadline);
      stop();
    });
    child.on("close", () => {
      clearTimeout(deadline);
      resolve(serves);
    });
  });
}

for (const role of Object.keys(settings)) {
  let warm = false;
  for (const withinMs of WITHIN_MS) {
    if (!warm) warm = await served(role, withinMs);
  }
  process.stdout.write(`${role}: ${warm ? "compile cache made" : "did not come up; its cache stays cold"}\n`);
}
