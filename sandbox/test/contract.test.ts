import { type Clock, connect, systemClock } from "@sre-agent/kube";
import { type ContractServer, kubeContract } from "../../kube/test/contract.ts";
import { type Incident, startSandbox } from "../src/index.ts";

const PROBE = { apiVersion: "contract.sre-agent.dev/v1", kind: "Probe" };

const COUNTING: Incident = {
  name: "counting",
  title: "A pod that counts",
  objects: [],
  rules: [
    {
      match: { command: "echo one; echo two; echo three" },
      outcome: { kind: "runs", log: { first: ["one", "two", "three"] } },
    },
  ],
  steps: [],
};

kubeContract(openSandbox);

const STARTED_MS = Date.now();

/** The sandbox lives eight times as fast as its client, which waits for the end of a watch. */
const quickClock: Clock = {
  now: () => STARTED_MS + (Date.now() - STARTED_MS) * 8,
  sleep: (ms, signal) => systemClock.sleep(ms / 8, signal),
};

async function openSandbox(): Promise<ContractServer> {
  const sandbox = await startSandbox({ incident: COUNTING, clock: quickClock });
  sandbox.apply(probeDefinition());
  const connection = await connect({ server: sandbox.url, token: sandbox.tokenFor("contract") });
  return {
    connection,
    capabilities: {
      record: {
        ...PROBE,
        group: "contract.sre-agent.dev",
        spec: { note: "one" },
        status: { phase: "Running", steps: ["a", "b"] },
        otherStatus: { phase: "Done" },
      },
      image: "localhost/toolbox:1",
      authorizes: false,
      tokens: true,
    },
    async close() {
      await connection.close();
      await sandbox.stop();
    },
  };
}

function probeDefinition() {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "probes.contract.sre-agent.dev" },
    spec: {
      group: "contract.sre-agent.dev",
      scope: "Namespaced",
      names: { kind: "Probe", plural: "probes", singular: "probe", listKind: "ProbeList" },
      versions: [{ name: "v1", served: true, storage: true, subresources: { status: {} } }],
    },
  };
}
