import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createPseudonyms } from "@sre-agent/redaction";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createBackend } from "../src/backends/http-backend.ts";
import { createCall, readTools, type WireReply } from "../src/index.ts";
import { codeOf, textOf } from "./calls.ts";
import { NOW } from "./memory-calls.ts";
import { createMemoryReader } from "./memory-reader.ts";

/** A server that answers as Prometheus and Loki do, and remembers what it was asked. */
let server: Server;
let url: string;
let asked: URL[];
let tokens: (string | undefined)[];
let answer: { status: number; body: string };

beforeEach(async () => {
  asked = [];
  tokens = [];
  answer = { status: 200, body: "{}" };
  server = createServer((request, response) => {
    asked.push(new URL(request.url ?? "", "http://backend"));
    tokens.push(request.headers.authorization);
    response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

interface Setup {
  readonly backends?: boolean;
  readonly metrics?: unknown;
  readonly allows?: boolean;
}

function call(name: string, args: object, { backends = true, metrics, allows }: Setup = {}): Promise<WireReply> {
  const { reader, put } = createMemoryReader();
  const resources = { requests: { memory: "16Mi" }, limits: { memory: "64Mi", cpu: "1" } };
  const spec = { containers: [{ name: "app", resources }] };
  put({ apiVersion: "v1", kind: "Pod", metadata: { name: "web-1", namespace: "shop", uid: "1" }, spec });
  const pseudonym = createPseudonyms(Buffer.alloc(32, 7));
  const backend = (title: string) => createBackend({ name: title, url, token: () => "secret-token" });
  const reviewer = {
    may: async () => ({ allowed: allows === true, reason: "" }),
    authenticate: async () => undefined,
  };
  const tools = readTools({
    reader: { ...reader, raw: async () => metrics ?? { items: [] } },
    reviewer,
    now: () => NOW,
    pseudonym,
    ...(backends ? { prometheus: backend("Prometheus"), loki: backend("Loki") } : {}),
  });
  return createCall({
    ...{ tools, reader, reviewer, pseudonym, now: () => NOW, runPrincipals: [], onCall: () => undefined },
    ...(allows === undefined ? { localCaller: { username: "me" } } : {}),
  })({
    name,
    args: { namespace: "shop", ...args },
    meta: undefined,
    principal: { username: "ann" },
    signal: new AbortController().signal,
  });
}

const series = (pod: string, ...values: readonly string[]) => ({
  metric: { pod, container: "app" },
  values: values.map((value, index) => [index, value]),
});
const prometheusAnswer = (...result: readonly object[]) =>
  JSON.stringify({ status: "success", data: { resultType: "matrix", result } });

describe("metrics_query", () => {
  const metrics = {
    items: [{ metadata: { name: "web-1" }, containers: [{ name: "app", usage: { cpu: "250m", memory: "60Mi" } }] }],
  };

  it("tells usage against requests and limits", async () => {
    expect(textOf(await call("metrics_query", {}, { metrics }))).toContain(
      "web-1 app: cpu 250m, no request, limit 1000m (25%); memory 60Mi, request 16Mi (375%), limit 64Mi (94%)",
    );
    expect(asked).toEqual([]);
  });

  it("sums up the course of a metric, the largest first, and sends the token", async () => {
    answer.body = prometheusAnswer(series("a", "1048576", "3145728"), series("b", "5242880"), series("c", "NaN"));
    const text = textOf(await call("metrics_query", { metric: "memory_working_set", name: "web", since: "1h" }));
    const lines = text.split("\n");
    expect(lines[1]).toBe("b app: min 5Mi, average 5Mi, max 5Mi, last 5Mi");
    expect(lines[2]).toBe("a app: min 1Mi, average 2Mi, max 3Mi, last 3Mi");
    const query = asked[0]?.searchParams;
    expect(query?.get("query")).toContain('namespace="shop",pod=~"web(-.+)?"');
    expect(Number(query?.get("end")) - Number(query?.get("start"))).toBe(3_600);
    expect(tokens).toEqual(["Bearer secret-token"]);
  });

  it("lets nothing but names into a query", async () => {
    for (const name of ['web"} or up{a="', "web.*", "we b", "WEB"]) {
      expect(codeOf(await call("metrics_query", { metric: "cpu_usage", name }))).toBe("SCHEMA_INVALID");
    }
    expect(codeOf(await call("metrics_query", { metric: "up" }))).toBe("SCHEMA_INVALID");
    expect(asked).toEqual([]);
    answer.body = prometheusAnswer();
    await call("metrics_query", { metric: "cpu_usage", name: "web.v2" });
    expect(asked[0]?.searchParams.get("query")).toContain('pod=~"web\\\\.v2(-.+)?"');
  });

  it("caps the series and says so", async () => {
    answer.body = prometheusAnswer(...Array.from({ length: 100 }, (_, index) => series(`pod-${index}`, String(index))));
    expect(textOf(await call("metrics_query", { metric: "cpu_usage" }))).toContain("70 more series left out");
  });

  it("says in a sentence that Prometheus is away, and still tells the usage", async () => {
    answer = { status: 503, body: JSON.stringify({ error: "starting up" }) };
    const away = textOf(await call("metrics_query", { metric: "cpu_usage" }, { metrics }));
    expect(away).toMatch(/^Prometheus did not answer: 503 starting up\.\n\[ev-\w+\] 1 containers, usage now in shop/);
    const none = textOf(await call("metrics_query", { metric: "cpu_usage" }, { metrics, backends: false }));
    expect(none).toMatch(/^cpu_usage needs Prometheus, which is not configured/);
    answer = { status: 200, body: "no JSON" };
    expect(textOf(await call("metrics_query", { metric: "cpu_usage" }, { metrics }))).toContain("Prometheus did not");
  });

  it("is for who may read the pods", async () => {
    expect(codeOf(await call("metrics_query", {}, { allows: false }))).toBe("READ_FORBIDDEN");
  });
});

describe("logs_query", () => {
  const at = (index: number) => `${NOW - index * 1_000}000000`;

  it("does not tell by a search what it does not show", async () => {
    const values = [[at(1), "panic: Authorization: Bearer abcdefghijklmnop0123456789ABCDEF"]];
    answer.body = JSON.stringify({ data: { result: [{ stream: { pod: "web-1", container: "app" }, values }] } });
    expect(textOf(await call("logs_query", { pod: "web", grep: "Bearer abc" }))).toContain("] 0 lines");
  });

  it("clusters the lines, oldest first, inside an envelope, without a secret", async () => {
    const values = [
      [at(1), `panic: a "b" Authorization: Bearer abcdefghijklmnop0123456789ABCDEF`],
      [at(2), 'served 12 a "b"'],
      [at(3), 'served 13 a "b"'],
    ];
    answer.body = JSON.stringify({ data: { result: [{ stream: { pod: "web-1", container: "app" }, values }] } });
    const text = textOf(await call("logs_query", { pod: "web", grep: 'a "b"', since: "15m" }));
    expect(text).toMatch(/^\[ev-\w+\] 3 lines from web-1 app\n<untrusted-/);
    expect(text).toContain("2x [");
    expect(text).not.toContain("abcdefghijklmnop");
    const query = asked[0]?.searchParams;
    expect(query?.get("query")).toBe('{namespace="shop",pod=~"web(-.+)?"} |= "a \\"b\\""');
    expect(query?.get("start")).toBe(`${NOW - 900_000}000000`);
  });

  it("says that there is none, that Loki is away, and asks only for who may read logs", async () => {
    answer.body = JSON.stringify({ data: { result: [] } });
    expect(textOf(await call("logs_query", {}))).toContain("No line of shop within 1h");
    answer = { status: 500, body: "too many outstanding requests" };
    const away = await call("logs_query", {});
    expect([codeOf(away), textOf(away)]).toEqual([
      "CLUSTER_UNAVAILABLE",
      expect.stringMatching(/Loki did not answer: 500 too many outstanding requests.*\nNext: pod_logs/),
    ]);
    expect(codeOf(await call("logs_query", {}, { allows: false }))).toBe("READ_FORBIDDEN");
  });

  it("is offered only where there is a log server", async () => {
    expect(codeOf(await call("logs_query", {}, { backends: false }))).toBe("TOOL_UNKNOWN");
  });
});
