import { spawnSync } from "node:child_process";
import { connect } from "node:net";
import { expect, it } from "vitest";
import { kubeconfigFile } from "../cli/test/run-cli.ts";
import { loopbackOnly } from "./loopback-only.ts";
import { program } from "./program.ts";

/** No machine has an address of this network. */
const ELSEWHERE = "192.0.2.1";

it("no test reaches another machine: the connection fails, and so does the test that is content with it", async () => {
  const reached: string[] = [];
  loopbackOnly((host) => reached.push(host));
  await expect(fetch(`http://${ELSEWHERE}:8080`)).rejects.toThrow();
  expect(() => connect({ host: "registry.example.com", port: 443 })).toThrow("only loopback");
  expect(reached).toEqual([ELSEWHERE, "registry.example.com"]);
});

it("neither does the program that tests and the demo start: it ends", async () => {
  const cluster = { name: "c", cluster: { server: `https://${ELSEWHERE}:6443` } };
  const contexts = [{ name: "c", context: { cluster: "c", user: "u" } }];
  const users = [{ name: "u", user: { token: "t" } }];
  const config = { "current-context": "c", clusters: [cluster], contexts, users };
  const env = { PATH: process.env["PATH"] ?? "", KUBECONFIG: await kubeconfigFile(JSON.stringify(config)) };
  const { status, stderr } = spawnSync(process.execPath, [program("sre-agent"), "diagnose"], { env, encoding: "utf8" });
  expect([status, stderr]).toEqual([86, expect.stringContaining(`reached for ${ELSEWHERE}`)]);
});
