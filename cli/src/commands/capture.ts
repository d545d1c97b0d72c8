import { randomBytes } from "node:crypto";
import { UserError } from "@sre-agent/frame";
import { createReader, type Reader, systemClock } from "@sre-agent/kube";
import { collectSnapshot } from "@sre-agent/mcp-server";
import { type WrittenIncident, writeIncident } from "@sre-agent/mcp-server/incident";
import { createPseudonyms } from "@sre-agent/redaction";
import { type Command, type Invocation, textOption, USAGE_EXIT_CODE } from "../command.ts";
import { CLUSTER_OPTIONS, connectCluster } from "../compose/cluster.ts";
import { existingNamespace } from "../compose/existing-namespace.ts";
import { checkNewFile, saveNewFile } from "../compose/incident-file.ts";
import { NAMESPACE_OPTION } from "../compose/options.ts";
import { VERSION } from "../version.ts";

export const command: Command = {
  name: "capture",
  summary: "Write a namespace, redacted, into an incident file.",
  description:
    "The file holds all that a diagnosis looks at: objects, events, and the last words of failing containers. Of Secrets\nonly the names of keys are in it; values of env and ConfigMaps stand as tokens that can be compared and not read.\nsre-agent replay and sre-agent investigate --file work on it without a cluster.",
  positionals: [],
  options: {
    namespace: NAMESPACE_OPTION,
    output: { type: "string", short: "o", value: "FILE", description: "File to write; default standard output." },
    ...CLUSTER_OPTIONS,
  },
  examples: [
    ["capture -n shop -o shop.incident", "for a colleague, a bug report or a postmortem"],
    ["capture -n shop | gzip > shop.incident.gz", "through a pipe"],
  ],
  async run(invocation) {
    const path = textOption(invocation, "output");
    if (path === undefined && invocation.terminal.interactive) {
      const nextStep = "Give it a name: sre-agent capture -n NAMESPACE -o FILE";
      throw new UserError("An incident file is too long for a terminal.", { exitCode: USAGE_EXIT_CODE, nextStep });
    }
    if (path !== undefined) await checkNewFile(path);
    const written = await capture(invocation);
    if (path === undefined) invocation.terminal.out(written.text.trimEnd());
    else await saveNewFile(path, written.text);
    report(invocation, written, path);
    return 0;
  },
};

async function capture(invocation: Invocation): Promise<WrittenIncident> {
  const connection = await connectCluster(invocation);
  try {
    const reader = createReader(connection);
    const named = textOption(invocation, "namespace");
    const namespace = await existingNamespace(reader, named ?? connection.namespace, invocation.signal);
    const { signal, terminal } = invocation;
    terminal.progress(`Reading namespace ${namespace} …`);
    const snapshot = await collectSnapshot({ reader, scope: { namespace }, now: systemClock.now, logs: true, signal });
    return writeIncident(snapshot, {
      pseudonym: createPseudonyms(randomBytes(32)),
      writer: VERSION,
      server: await serverVersion(reader, signal),
    });
  } finally {
    await connection.close();
  }
}

async function serverVersion(reader: Reader, signal: AbortSignal): Promise<string> {
  const { gitVersion } = (await reader.raw("/version", { signal })) as { readonly gitVersion?: string };
  return gitVersion ?? "unknown";
}

function report({ terminal }: Invocation, written: WrittenIncident, path: string | undefined): void {
  const { text, header, objects, logs } = written;
  const size = `${(Buffer.byteLength(text) / 1024).toFixed(0)} KiB`;
  terminal.err(`${objects} objects and ${logs} logs of ${header.namespaces.join(", ")}, ${size}, redacted.`);
  for (const gap of [...header.gaps, ...header.beyond]) terminal.err(`Not captured: ${gap}.`);
  for (const gap of header.leftOut) terminal.err(`Left out: ${gap}.`);
  if (path !== undefined) terminal.err(`Look at it before you hand it on, then: sre-agent replay ${path}`);
}
