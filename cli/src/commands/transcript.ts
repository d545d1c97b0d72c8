import { readFile } from "node:fs/promises";
import { API_VERSION, INVESTIGATION, type SreInvestigation, type SreTranscript, TRANSCRIPT } from "@sre-agent/crds";
import { UserError } from "@sre-agent/frame";
import { createReader, type KubeObject, type Reader } from "@sre-agent/kube";
import { type Command, type Invocation, textOption, USAGE_EXIT_CODE } from "../command.ts";
import { CLUSTER_OPTIONS, connectCluster } from "../compose/cluster.ts";
import { existingObject } from "../compose/existing-object.ts";
import { unreadableFile } from "../compose/incident-file.ts";
import { NAMESPACE_OPTION } from "../compose/options.ts";
import {
  BROKEN_EXIT_CODE,
  parseTranscript,
  type ReadTranscript,
  readTranscript,
  type StoredTranscript,
  transcriptJson,
} from "../compose/transcript.ts";
import { newScrub } from "../terminal/scrub.ts";
import { transcriptMarkdown, transcriptView } from "../terminal/transcript-view.ts";

export const command: Command = {
  name: "transcript",
  summary: "Read what an investigation did, step by step, and what each claim rests on.",
  description:
    "Verifies the hash chain of its SreTranscripts first; a broken one is shown as broken and nothing else. A file is what\n-o json or sre-agent investigate --transcript wrote: it is verified alike, without a cluster.",
  positionals: [{ name: "INVESTIGATION", required: false }],
  options: {
    namespace: NAMESPACE_OPTION,
    file: { type: "string", value: "FILE", description: "Read a transcript file instead of the cluster." },
    output: {
      type: "string",
      short: "o",
      value: "FORMAT",
      description: "Format.",
      choices: ["text", "json", "markdown"],
    },
    ...CLUSTER_OPTIONS,
  },
  exitCodes: { [BROKEN_EXIT_CODE]: "the transcript was changed or is not whole" },
  examples: [
    ["transcript unwell-299ae7a4-1 -n shop", "each step, with its result"],
    ["transcript unwell-299ae7a4-1 -n shop -o markdown > postmortem.md", "for a ticket"],
    ["transcript unwell-299ae7a4-1 -n shop -o json > run.json", "the journal and its chain, for programs"],
    ["transcript --file run.json", "verified and shown without a cluster"],
  ],
  async run(invocation) {
    const stored = await storedTranscript(invocation);
    print(invocation, readTranscript(stored, newScrub()));
    return 0;
  },
};

async function storedTranscript(invocation: Invocation): Promise<StoredTranscript> {
  const file = textOption(invocation, "file");
  const [name] = invocation.positionals;
  if ((file === undefined) === (name === undefined)) {
    const nextStep = "See: sre-agent transcript --help";
    throw new UserError("Give either INVESTIGATION or --file FILE.", { exitCode: USAGE_EXIT_CODE, nextStep });
  }
  if (file !== undefined) return parseTranscript(await readFile(file, "utf8").catch(unreadableFile(file)), file);
  const connection = await connectCluster(invocation);
  try {
    const namespace = textOption(invocation, "namespace") ?? connection.namespace;
    invocation.terminal.progress(`Reading ${name} …`);
    return await fromCluster(createReader(connection), { namespace, name: name ?? "" }, invocation.signal);
  } finally {
    await connection.close();
  }
}

async function fromCluster(
  reader: Reader,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<StoredTranscript> {
  const ref = { apiVersion: API_VERSION, kind: INVESTIGATION.kind, namespace, name };
  const investigation = await existingObject<KubeObject & SreInvestigation>(reader, ref, signal);
  const kind = { apiVersion: API_VERSION, kind: TRANSCRIPT.kind };
  const { items } = await reader.listAll<KubeObject & SreTranscript>(kind, { namespace, signal });
  const chunks = items
    .filter(({ spec }) => spec.investigationRef.uid === investigation.metadata.uid)
    .map(({ spec: { investigationRef: _, ...chunk } }) => chunk);
  return { investigation, chunks };
}

function print({ options, terminal }: Invocation, transcript: ReadTranscript): void {
  if (options["output"] === "json") terminal.out(transcriptJson(transcript));
  else if (options["output"] === "markdown") terminal.out(transcriptMarkdown(transcript));
  else terminal.out(transcriptView(transcript, terminal));
}
