import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { GROUP } from "@sre-agent/crds";
import { identities, rbac, SERVICE_ACCOUNTS, serviceAccountUser } from "@sre-agent/deploy";
import { createHealth, createLogger, createMetrics } from "@sre-agent/frame";
import {
  type Connection,
  connect,
  createEventRecorder,
  createInstaller,
  createLeaseElection,
  createReader,
  createRecordWriter,
  type NewObject,
  systemClock,
} from "@sre-agent/kube";
import { createPseudonyms } from "@sre-agent/redaction";
import { createAgentClient } from "../src/agent/client.ts";
import { createStanding } from "../src/standing.ts";
import { OPERATOR_LEASE, type Operator, startOperator } from "../src/start-operator.ts";
import { createScriptedAgent, type ScriptedAgent } from "../src/test/scripted-agent.ts";
import { createWatch } from "../src/watch.ts";

export interface RealOperator {
  /** Of the test, which may do everything. */
  readonly connection: Connection;
  readonly agent: ScriptedAgent;
  /** Ends this operator and begins another, which has to find out everything anew. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** An operator at work on a real cluster in a namespace of its own, with the rights of its ServiceAccount and no more. */
export async function startRealOperator(namespace: string): Promise<RealOperator> {
  const kubeconfig = process.env["KUBECONFIG"];
  const where = kubeconfig === undefined ? {} : { kubeconfig };
  const connection = await connect(where);
  const installer = createInstaller(connection);
  for (const object of [...identities(), ...rbac()]) await installer.apply(object as NewObject);
  await installer.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  const user = serviceAccountUser(SERVICE_ACCOUNTS.operator);
  const own = await connect({ ...where, impersonate: { user, groups: ["system:serviceaccounts"] } });
  const agent = createScriptedAgent();
  const served = await serveAgent(agent);
  const parts = { connection, own, namespace, url: served.url };
  let operator = await begin(parts);
  return {
    connection,
    agent,
    async restart() {
      await operator.stop();
      operator = await begin(parts);
    },
    async stop() {
      await operator.stop();
      await installer.delete({ apiVersion: "v1", kind: "Namespace", name: namespace });
      await served.stop();
      await own.close();
      await connection.close();
    },
  };
}

/** The scripted agent behind HTTP, as the real one. */
async function serveAgent(agent: ScriptedAgent) {
  const server = createServer(async (request, response) => {
    const body: Buffer[] = [];
    for await (const chunk of request) body.push(chunk);
    const answer = await agent.decide(JSON.parse(Buffer.concat(body).toString()), new AbortController().signal);
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Parts {
  readonly connection: Connection;
  readonly own: Connection;
  readonly namespace: string;
  readonly url: string;
}

/** The lease alone is claimed with the test's own rights, in the test's namespace. */
async function begin({ connection, own, namespace, url }: Parts): Promise<Operator> {
  const logger = await createLogger({ component: "operator", level: "error" });
  const onError = (error: unknown) => logger.error("watch", { error });
  const clock = systemClock;
  const identity = `test-${process.pid}`;
  const timeouts = { decideTimeoutMs: 10_000, executeTimeoutMs: 10_000 };
  const operator = startOperator({
    reader: createReader(own),
    recordWriter: createRecordWriter(own, { group: GROUP }),
    eventRecorder: createEventRecorder(own, {
      reportingController: `${GROUP}/operator`,
      reportingInstance: identity,
      clock,
    }),
    watch: createWatch({ connection: own, clock, random: Math.random, onError }),
    election: createLeaseElection({ connection, namespace, name: OPERATOR_LEASE, identity, clock, onError }),
    standing: createStanding({ check: createHealth().check("kinds"), logger, clock }),
    agent: createAgentClient({ url, secret: () => "s", ...timeouts }),
    clock,
    pseudonym: createPseudonyms(new Uint8Array(32)),
    logger,
    metrics: await createMetrics({ component: "operator", processMetrics: false, unknownLabel: "throw" }),
    namespaces: [namespace],
  });
  await operator.ready;
  return operator;
}

/** Asks again until there is an answer; the test's own time limit ends it. */
export async function eventually<T>(find: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    await systemClock.sleep(50);
  }
}
