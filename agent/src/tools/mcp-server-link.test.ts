import { createServer } from "node:http";
import { afterEach, expect, test } from "vitest";
import { linkMcpServer } from "./mcp-server-link.ts";

const cleanup: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of cleanup.splice(0)) await stop();
});

/** A server that refuses every request, the first one with `retryAfter`. */
async function refusing(retryAfter: string) {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    bodies.push(body);
    if (bodies.length === 1) response.setHeader("retry-after", retryAfter);
    response.writeHead(bodies.length === 1 ? 429 : 400).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const link = linkMcpServer({ url: `http://127.0.0.1:${port}/mcp`, token: () => "t" });
  cleanup.push(
    () => link.close(),
    () => new Promise((resolve) => server.close(resolve)),
  );
  await expect(link.list(AbortSignal.timeout(10_000))).rejects.toThrow();
  return bodies;
}

test("a server that was asked too often is asked once more, unless no call could outlast the wait", async () => {
  const [soon, late] = [await refusing("0"), await refusing("60")];
  expect(soon.length).toBe(late.length + 1);
  expect(soon[1]).toBe(soon[0]);
});
