import { mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { INTERNALS } from "./connection.ts";
import { connect, createInstaller, createReader, whoAmI } from "./index.ts";
import { createFakeClock } from "./testing.ts";

const NODES = { apiVersion: "v1", kind: "Node" };

let folder = "";
let authority = "";
let server: URL;
let token = "";

beforeAll(async () => {
  const kubeconfig = process.env["KUBECONFIG"] ?? "";
  folder = await mkdtemp(join(tmpdir(), "kube-"));
  const { cluster } = parse(await readFile(kubeconfig, "utf8")).clusters[0];
  authority = Buffer.from(cluster["certificate-authority-data"], "base64").toString("utf8");
  server = new URL(cluster.server);
  const connection = await connect({ kubeconfig });
  token = await createInstaller(connection).token({ namespace: "default", name: "default" });
  await connection.close();
});
afterAll(() => rm(folder, { recursive: true }));

describe("connection", () => {
  it("is a pod's ServiceAccount, and learns a rotated CA within 10 s", async () => {
    const files = { tokenFile: join(folder, "token"), caFile: join(folder, "ca.crt") };
    await writeFile(files.tokenFile, token);
    await writeFile(files.caFile, "");
    const clock = createFakeClock();
    const inCluster = { host: server.hostname, port: Number(server.port), ...files };
    const connection = await connect({ inCluster, clock });
    const reader = createReader(connection);
    await expect(reader.raw("/version")).rejects.toMatchObject({ code: "UNREACHABLE" });
    await writeFile(files.caFile, authority);
    await utimes(files.caFile, 2_000_000_000, 2_000_000_000);
    await expect(reader.raw("/version")).rejects.toMatchObject({ code: "UNREACHABLE" });
    await clock.advance(10_000);
    expect(await reader.raw("/version")).toMatchObject({ major: "1" });
    await expect(reader.list(NODES)).rejects.toMatchObject({
      code: "FORBIDDEN",
      message: expect.stringContaining('User "system:serviceaccount:default:default" cannot list resource "nodes"'),
    });
    await connection.close();
  });

  it("says UNAUTHORIZED for a token that is no good", async () => {
    const connection = await connect({ server: server.href, token: "wrong", caData: authority });
    await expect(createReader(connection).list(NODES)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    await connection.close();
  });

  it("impersonates", async () => {
    const impersonate = { user: "jane", groups: ["system:authenticated"] };
    const connection = await connect({ kubeconfig: process.env["KUBECONFIG"] ?? "", impersonate });
    await expect(createReader(connection).list(NODES)).rejects.toMatchObject({
      code: "FORBIDDEN",
      message: expect.stringContaining('User "jane"'),
    });
    await connection.close();
  });

  it("ends one watch or request and leaves the others of its connection alone", async () => {
    const connection = await connect({ kubeconfig: process.env["KUBECONFIG"] ?? "" });
    const { transport } = connection[INTERNALS];
    const watch = { method: "GET", path: "/api/v1/nodes", query: { watch: true, timeoutSeconds: 2 } } as const;
    const [first, second] = [await transport.stream(watch), await transport.stream(watch)];
    first.close();
    await expect(drain(first.chunks)).rejects.toThrow();
    expect(await drain(second.chunks)).toBeGreaterThan(0);
    const reader = createReader(connection);
    const slow = reader.list(NODES, { timeoutMs: 1 }).catch((error: { code: string }) => error.code);
    const [code, nodes] = [await slow, await reader.list(NODES)];
    expect([code, nodes.items.length > 0]).toEqual(["TIMEOUT", true]);
    await connection.close();
  });

  it("impersonates a user with several groups", async () => {
    const impersonate = { user: "bob", groups: ["team-a", "team-b"] };
    const connection = await connect({ kubeconfig: process.env["KUBECONFIG"] ?? "", impersonate });
    const { username, groups } = await whoAmI(connection);
    expect({ username, groups }).toEqual({ username: "bob", groups: ["team-a", "team-b", "system:authenticated"] });
    await connection.close();
  });
});

async function drain(chunks: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const chunk of chunks) bytes += chunk.length;
  return bytes;
}
