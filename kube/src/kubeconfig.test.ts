import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readKubeconfig } from "./kubeconfig.ts";
import { createFakeClock } from "./testing.ts";

const clock = createFakeClock();
let folder = "";

const MAIN = `
current-context: lab
contexts:
- {name: lab, context: {cluster: lab, user: admin, namespace: shop}}
- {name: broken, context: {cluster: none, user: admin}}
- {name: exec, context: {cluster: lab, user: exec}}
- {name: as, context: {cluster: lab, user: as}}
- {name: elsewhere, context: {cluster: elsewhere, user: as}}
- {name: stranger, context: {cluster: lab, user: nobody}}
- {name: digits, context: {cluster: lab, user: digits}}
- {name: proxied, context: {cluster: proxied, user: as}}
clusters:
- name: lab
  cluster: {server: "https://lab:6443/", certificate-authority: ca.crt, tls-server-name: api}
- {name: elsewhere, cluster: {server: "ht!tp://x"}}
- {name: proxied, cluster: {server: "https://lab:6443", proxy-url: nonsense}}
users:
- name: admin
  user: {client-certificate-data: ${btoa("CERT")}, client-key-data: ${btoa("KEY")}}
- {name: digits, user: {token: 12345}}
- name: as
  user: {token: abc, as: jane, as-groups: [dev]}
- name: exec
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: sh
      args: ["-c", 'echo "{\\"status\\":{\\"token\\":\\"from-plugin\\"}}"']
`;

const OTHER = `
contexts:
- {name: other, context: {cluster: other, user: basic}}
- {name: lab, context: {cluster: other, user: basic}}
clusters:
- {name: other, cluster: {server: "http://other:8080", insecure-skip-tls-verify: true, proxy-url: "http://proxy:3128"}}
users:
- {name: basic, user: {username: u, password: p}}
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kubeconfig-"));
  await writeFile(join(folder, "main"), MAIN);
  await writeFile(join(folder, "other"), OTHER);
  await writeFile(join(folder, "ca.crt"), "CA");
  await writeFile(join(folder, "torn"), "users:\n- {name: a, user: {token: s3cret}\n");
  await writeFile(join(folder, "list"), "[1, 2]");
  await writeFile(join(folder, "flat"), "current-context: lab\ncontexts: lab\n");
});
afterAll(() => rm(folder, { recursive: true }));

const read = (context?: string, files = ["main", "other"]) =>
  readKubeconfig({ kubeconfig: files.map((file) => join(folder, file)).join(delimiter), context, clock });

describe("kubeconfig", () => {
  it("gives server, namespace, CA and client certificate of the current context", async () => {
    const target = await read();
    expect(target).toMatchObject({ server: "https://lab:6443", namespace: "shop", user: "admin", serverName: "api" });
    expect(await target.authority?.read()).toBe("CA");
    expect(await target.credential(false)).toEqual({ certificate: "CERT", key: "KEY" });
  });

  it("merges files, the first that names a thing wins", async () => {
    const target = await read("other");
    expect(target).toMatchObject({ server: "http://other:8080", insecure: true, proxyUrl: "http://proxy:3128" });
    expect(await target.credential(false)).toMatchObject({ authorization: `Basic ${btoa("u:p")}` });
    expect((await read("lab")).server).toBe("https://lab:6443");
  });

  it("acts as whom the user entry impersonates", async () => {
    expect(await read("as")).toMatchObject({ impersonate: { user: "jane", groups: ["dev"] } });
  });

  it("asks an exec plugin", async () => {
    const target = await read("exec");
    expect(await target.credential(false)).toMatchObject({ authorization: "Bearer from-plugin" });
    expect(await target.credential(true)).toMatchObject({ authorization: "Bearer from-plugin" });
  });

  it.each([
    { case: "a missing file", files: ["nowhere"], text: "There is no kubeconfig at " },
    { case: "no valid YAML", files: ["torn"], text: "no valid YAML mapping: " },
    { case: "a list", files: ["list"], text: "no valid YAML mapping: it is no mapping." },
    { case: "a section that is no list", files: ["flat"], text: "contexts is no list of entries with a name." },
    { case: "a server that is no URL", files: ["main"], context: "elsewhere", text: 'cluster "elsewhere" is no URL' },
    { case: "a proxy that is no URL", files: ["main"], context: "proxied", text: 'proxy-url of cluster "proxied"' },
    { case: "an unknown user", files: ["main"], context: "stranger", text: 'user "nobody", which is not in' },
    { case: "digits for a text", files: ["main"], context: "digits", text: 'token of user "digits" is a number' },
    { case: "no current context", files: ["other"], text: "kubectl config use-context" },
    {
      case: "an unknown context",
      files: ["main"],
      context: "typo",
      text: "Known: lab, broken, exec, as, elsewhere, stranger, digits, proxied",
    },
    { case: "a context without a cluster", files: ["main"], context: "broken", text: 'cluster "none"' },
  ])("says what is wrong with $case", async ({ context, files, text }) => {
    await expect(read(context, files)).rejects.toMatchObject({
      code: "NO_KUBECONFIG",
      message: expect.stringContaining(text),
    });
  });

  it("repeats no line of a file that is torn: a credential may be in it", async () => {
    await expect(read(undefined, ["torn"])).rejects.toMatchObject({ message: expect.not.stringMatching(/s3cret|\n/) });
  });
});
