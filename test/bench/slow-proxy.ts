import { createServer, request } from "node:http";

/** An HTTP proxy in front of an API server that answers each request `delayMs` late. */
export async function startSlowProxy(target: string, delayMs: number): Promise<{ url: string; stop(): void }> {
  const server = createServer((incoming, outgoing) => {
    setTimeout(() => {
      const { method, headers, url } = incoming;
      const forwarded = request(new URL(url ?? "/", target), { ...(method ? { method } : {}), headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      incoming.pipe(forwarded);
    }, delayMs);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, stop: () => void server.close() };
}
