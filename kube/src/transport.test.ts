import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { answer, refuse, type Script, type ScriptedServer, startScriptedServer } from "../test/scripted-server.ts";
import type { ConnectOptions } from "./connection.ts";
import { connect, createReader, createReviewer, createWriter } from "./index.ts";
import { errorOfFailure } from "./status-error.ts";
import { createFakeClock } from "./testing.ts";
import { createTransport } from "./transport.ts";

const NODE = { apiVersion: "v1", kind: "Node", name: "n1" };
const found = { ...NODE, metadata: { name: "n1", uid: "u", resourceVersion: "1" } };

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function serve(script: Script, options: Partial<ConnectOptions> = {}): Promise<ScriptedServer> {
  const server = await startScriptedServer(script, { connect: options });
  closing.push(() => server.close());
  return server;
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "kube-"));
  closing.push(() => rm(path, { recursive: true }));
  return path;
}

describe("failed answers", () => {
  it.each([
    [400, "BadRequest", "INVALID"],
    [401, "Unauthorized", "UNAUTHORIZED"],
    [403, "Forbidden", "FORBIDDEN"],
    [404, "NotFound", "NOT_FOUND"],
    [409, "AlreadyExists", "ALREADY_EXISTS"],
    [409, "Conflict", "CONFLICT"],
    [410, "Expired", "GONE"],
    [413, "RequestEntityTooLarge", "TOO_LARGE"],
    [422, "Invalid", "INVALID"],
    [429, "TooManyRequests", "TOO_MANY_REQUESTS"],
    [500, "InternalError", "SERVER_ERROR"],
    [504, "Timeout", "TIMEOUT"],
  ] as const)("%i %s is %s", async (status, reason, code) => {
    const { connection } = await serve((_request, response) => refuse(response, status, reason));
    await expect(createReader(connection).get(NODE)).rejects.toMatchObject({ name: "KubeError", code, status, reason });
  });

  it("takes Retry-After in milliseconds, and the fields that were refused", async () => {
    const { connection } = await serve((_request, response) => {
      response.setHeader("retry-after", "7");
      answer(response, 429, {
        kind: "Status",
        status: "Failure",
        message: "slow down",
        details: { causes: [{ field: "spec.a", message: "too many" }] },
      });
    });
    await expect(createReader(connection).get(NODE)).rejects.toMatchObject({
      retryAfterMs: 7_000,
      causes: ["spec.a: too many"],
      message: "GET /api/v1/nodes/n1: slow down",
    });
  });

  it("knows etcd's size limit by its text", async () => {
    const { connection } = await serve((_request, response) =>
      answer(response, 500, { kind: "Status", status: "Failure", message: "etcdserver: request is too large" }),
    );
    await expect(createReader(connection).get(NODE)).rejects.toMatchObject({ code: "TOO_LARGE" });
  });

  it("keeps the text of an answer that is no Status", async () => {
    const { connection } = await serve((_request, response) => {
      response.writeHead(502);
      response.end("bad gateway");
    });
    await expect(createReader(connection).get(NODE)).rejects.toMatchObject({
      code: "SERVER_ERROR",
      message: expect.stringContaining("bad gateway"),
    });
  });

  it("names the server that cannot be reached", async () => {
    const connection = await connect({ server: "http://127.0.0.1:1" });
    closing.push(() => connection.close());
    await expect(createReader(connection).get(NODE)).rejects.toMatchObject({
      code: "UNREACHABLE",
      message: expect.stringContaining("http://127.0.0.1:1"),
    });
  });

  it("says which program a credential comes from, when it is not there", async () => {
    const missing = Object.assign(new Error("spawn aws ENOENT"), { code: "ENOENT", syscall: "spawn aws", path: "aws" });
    const target = { server: "http://127.0.0.1:1", namespace: "default", user: "admin" };
    const transport = createTransport({ ...target, credential: () => Promise.reject(missing) }, "test");
    await expect(transport.text({ method: "GET", path: "/" })).rejects.toMatchObject({
      code: "UNAUTHORIZED",
      message: "No credential for admin: spawn aws ENOENT",
      nextStep: "Install aws: the kubeconfig asks it for the credential.",
    });
    await transport.close();
  });

  it("tells an answer of something else than an API server", async () => {
    const { connection } = await serve((_request, response) => {
      response.writeHead(400);
      response.end("Client sent an HTTP request to an HTTPS server.\n");
    });
    await expect(createReader(connection).get(NODE)).rejects.toMatchObject({
      message: "GET /api/v1/nodes/n1: Client sent an HTTP request to an HTTPS server.",
      nextStep: expect.stringContaining("check the server's address in the kubeconfig"),
    });
  });

  it.each([
    ["SELF_SIGNED_CERT_IN_CHAIN", "has a certificate that is not trusted", "certificate-authority-data"],
    ["CERT_HAS_EXPIRED", "has a certificate that is not trusted", "certificate-authority-data"],
    ["ERR_OSSL_PEM_NO_START_LINE", "a certificate or key of ours cannot be read", "Correct the certificates"],
    ["ECONNREFUSED", "cannot be reached (refused)", undefined],
  ])("says of %s what it is", (code, says, nextStep) => {
    const failure = errorOfFailure(Object.assign(new Error("refused"), { code }), "https://lab:6443");
    expect(failure).toMatchObject({ code: "UNREACHABLE", message: expect.stringContaining(says) });
    if (nextStep === undefined) expect(failure.nextStep).toBeUndefined();
    else expect(failure.nextStep).toContain(nextStep);
  });

  it("gives up after the time limit, and at once when told", async () => {
    const { connection } = await serve(() => undefined);
    const reader = createReader(connection);
    await expect(reader.get(NODE, { timeoutMs: 30 })).rejects.toMatchObject({ code: "TIMEOUT" });
    const stop = new AbortController();
    const call = reader.get(NODE, { signal: stop.signal });
    stop.abort();
    await expect(call).rejects.toMatchObject({ code: "ABORTED" });
  });

  it("gives up on a body that stops in the middle", async () => {
    const { connection } = await serve((_request, response) => {
      response.writeHead(200);
      response.write('{"metadata":');
    });
    await expect(createReader(connection).get(NODE, { timeoutMs: 200 })).rejects.toMatchObject({ code: "TIMEOUT" });
  });

  it("reads no more than 64 MiB", async () => {
    const { connection } = await serve((_request, response) => {
      response.writeHead(200);
      const piece = Buffer.alloc(1024 * 1024, "x");
      const pump = () => {
        while (response.writable && response.write(piece));
      };
      response.on("drain", pump);
      pump();
    });
    await expect(createReader(connection).get(NODE)).rejects.toMatchObject({ code: "TOO_LARGE" });
  });

  it("repeats a read once when the connection was closed, and never a write", async () => {
    const server = await serve((_request, response) => {
      if (server.calls.length === 1) response.destroy();
      else if (server.calls.length === 2) answer(response, 200, found);
      else response.destroy();
    });
    expect(await createReader(server.connection).get(NODE)).toEqual(found);
    const write = createWriter(server.connection).patch(NODE, [{ op: "remove", path: "/spec" }]);
    await expect(write).rejects.toMatchObject({ code: "UNREACHABLE" });
    expect(server.calls).toHaveLength(3);
  });
});

describe("credentials", () => {
  it("sends the token, the user agent and whom to impersonate", async () => {
    let headers: NodeJS.Dict<string | string[]> = {};
    const { connection } = await serve(
      (request, response) => {
        headers = request.headers;
        answer(response, 200, found);
      },
      { token: "secret", userAgent: "test/1", impersonate: { user: "jane", groups: ["dev", "ops"] } },
    );
    await createReader(connection).get(NODE);
    expect(headers).toMatchObject({
      authorization: "Bearer secret",
      "user-agent": "test/1",
      "impersonate-user": "jane",
      "impersonate-group": "dev, ops",
    });
    expect(connection.user).toBe("jane (through bearer token)");
  });

  it("picks up a rotated token within 10 s, and at once after a 401", async () => {
    const tokenFile = join(await folder(), "token");
    await writeFile(tokenFile, "one\n");
    const seen: (string | undefined)[] = [];
    const server = await serve((request, response) => {
      seen.push(request.headers.authorization);
      if (request.headers.authorization === "Bearer revoked") refuse(response, 401, "Unauthorized");
      else answer(response, 200, found);
    });
    const kubeconfig = `${tokenFile}.yaml`;
    await writeFile(kubeconfig, withTokenFile(server.url));
    const clock = createFakeClock();
    const connection = await connect({ kubeconfig, clock });
    closing.push(() => connection.close());
    const reader = createReader(connection);
    await reader.discover();
    await reader.get(NODE);
    await rewrite(tokenFile, "revoked", 1);
    await reader.get(NODE);
    await clock.advance(10_000);
    await rewrite(tokenFile, "revoked", 2);
    const refused = reader.get(NODE);
    await expect(refused).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    await rewrite(tokenFile, "two", 3);
    await reader.get(NODE);
    expect(seen).toEqual(["one", "one", "revoked", "revoked", "revoked", "two"].map((token) => `Bearer ${token}`));
  });

  it("goes through the proxy that the kubeconfig names", async () => {
    const hosts: (string | undefined)[] = [];
    const proxy = await serve((request, response) => {
      hosts.push(request.headers.host);
      answer(response, 200, found);
    });
    const kubeconfig = join(await folder(), "config");
    await writeFile(kubeconfig, throughProxy(proxy.url));
    const connection = await connect({ kubeconfig });
    closing.push(() => connection.close());
    expect(await createReader(connection).get(NODE)).toEqual(found);
    expect(hosts).toEqual(["kube.invalid:8080"]);
  });

  it("authenticates nobody when the answer names another audience or none", async () => {
    let audiences: readonly string[] | undefined;
    const { connection } = await serve((_request, response) =>
      answer(response, 201, { status: { authenticated: true, user: { username: "u" }, audiences } }),
    );
    const reviewer = createReviewer(connection);
    expect(await reviewer.authenticate("t", "us")).toBeUndefined();
    audiences = ["them"];
    expect(await reviewer.authenticate("t", "us")).toBeUndefined();
    audiences = ["us"];
    expect(await reviewer.authenticate("t", "us")).toEqual({ username: "u", groups: [] });
  });
});

async function rewrite(path: string, text: string, secondsLater: number): Promise<void> {
  await writeFile(path, text);
  const time = Date.now() / 1000 + secondsLater;
  await utimes(path, time, time);
}

function withTokenFile(server: string): string {
  return kubeconfigOf({ server }, { tokenFile: "token" });
}

function throughProxy(proxy: string): string {
  return kubeconfigOf({ server: "http://kube.invalid:8080", "proxy-url": proxy }, {});
}

function kubeconfigOf(cluster: object, user: object): string {
  return JSON.stringify({
    "current-context": "c",
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    clusters: [{ name: "c", cluster }],
    users: [{ name: "u", user }],
  });
}
