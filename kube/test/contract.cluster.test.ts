import { vi } from "vitest";
import { connect, createReader, createRecordWriter } from "../src/index.ts";
import { type ContractServer, kubeContract } from "./contract.ts";

const GROUP = "contract.sre-agent.dev";
const CRD = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", name: `probes.${GROUP}` };
const PROBE = { apiVersion: `${GROUP}/v1`, kind: "Probe" };

kubeContract(openCluster);

async function openCluster(): Promise<ContractServer> {
  const connection = await connect({ kubeconfig: process.env["KUBECONFIG"] ?? "" });
  const extensions = createRecordWriter(connection, { group: "apiextensions.k8s.io" });
  await extensions.create(probeDefinition());
  const reader = createReader(connection);
  await vi.waitFor(() => reader.list(PROBE), { timeout: 30_000, interval: 500 });
  return {
    connection,
    capabilities: {
      record: {
        ...PROBE,
        group: GROUP,
        spec: { note: "one" },
        status: { phase: "Running", steps: ["a", "b"] },
        otherStatus: { phase: "Done" },
      },
      image: "localhost/toolbox:1",
      authorizes: true,
      tokens: true,
    },
    async close() {
      await extensions.delete(CRD);
      await connection.close();
    },
  };
}

function probeDefinition() {
  const text = { type: "string" };
  const properties = {
    spec: { type: "object", properties: { note: text } },
    status: { type: "object", properties: { phase: text, steps: { type: "array", items: text } } },
  };
  const { apiVersion, kind, name } = CRD;
  return {
    apiVersion,
    kind,
    metadata: { name },
    spec: {
      group: GROUP,
      scope: "Namespaced",
      names: { kind: PROBE.kind, plural: "probes", singular: "probe", listKind: "ProbeList" },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: { type: "object", properties } },
        },
      ],
    },
  };
}
