import { randomBytes } from "node:crypto";
import { API_VERSION, INVESTIGATION, type SreInvestigation, type SreTranscript, TRANSCRIPT } from "@sre-agent/crds";
import { UserError } from "@sre-agent/frame";
import { createReader, type KubeObject, type Reader } from "@sre-agent/kube";
import { createScrub, projectWhole, readJournal, verifyChain } from "@sre-agent/operator";
import { createPseudonyms } from "@sre-agent/redaction";
import { type Command, type Invocation, textOption } from "../command.ts";
import { CLUSTER_OPTIONS, connectCluster } from "../compose/cluster.ts";
import { type ReadTranscript, transcriptMarkdown, transcriptView } from "../terminal/transcript-view.ts";

const BROKEN_EXIT_CODE = 4;

export const command: Command = {
  name: "transcript",
  summary: "Read what an investigation did, step by step.",
  description: "Verifies the hash chain of its SreTranscripts first; a broken one is shown as broken and nothing else.",
  positionals: [{ name: "INVESTIGATION", required: true }],
  options: {
    namespace: { type: "string", short: "n", value: "NAMESPACE", description: "Its namespace; default the context's." },
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
    ["transcript unwell-299ae7a4-1 -n shop -o json", "the journal, for programs"],
  ],
  async run(invocation) {
    const connection = await connectCluster(invocation);
    try {
      const namespace = textOption(invocation, "namespace") ?? connection.namespace;
      print(invocation, await readTranscript(createReader(connection), { namespace, invocation }));
      return 0;
    } finally {
      await connection.close();
    }
  },
};

interface Wanted {
  readonly namespace: string;
  readonly invocation: Invocation;
}

async function readTranscript(reader: Reader, { namespace, invocation }: Wanted): Promise<ReadTranscript> {
  const { signal, positionals } = invocation;
  const ref = { apiVersion: API_VERSION, kind: INVESTIGATION.kind, namespace, name: positionals[0] ?? "" };
  const investigation = await reader.get<KubeObject & SreInvestigation>(ref, { signal });
  const kind = { apiVersion: API_VERSION, kind: TRANSCRIPT.kind };
  const { items } = await reader.listAll<KubeObject & SreTranscript>(kind, { namespace, signal });
  const chunks = items
    .map(({ spec }) => spec)
    .filter(({ investigationRef }) => investigationRef.uid === investigation.metadata.uid);
  const fault = verifyChain(chunks);
  if (fault !== undefined) {
    throw new UserError(`The transcript of ${ref.name} is broken: ${fault}.`, {
      exitCode: BROKEN_EXIT_CODE,
      nextStep: "Somebody changed or deleted an SreTranscript; the API server's audit log tells who.",
    });
  }
  const journal = readJournal(chunks);
  const scrub = createScrub(createPseudonyms(randomBytes(32)));
  return { investigation, journal, steps: projectWhole(journal, scrub), chunks: chunks.length };
}

function print({ options, terminal }: Invocation, transcript: ReadTranscript): void {
  if (options["output"] === "json") {
    const { investigation, journal } = transcript;
    terminal.out(
      JSON.stringify(
        { name: investigation.metadata.name, spec: investigation.spec, status: investigation.status, journal },
        null,
        2,
      ),
    );
  } else if (options["output"] === "markdown") terminal.out(transcriptMarkdown(transcript));
  else terminal.out(transcriptView(transcript, terminal.style));
}
