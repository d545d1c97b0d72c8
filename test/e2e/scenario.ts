import {
  API_VERSION,
  GROUP,
  type InvestigationPhase,
  isComplete,
  type RemediationPhase,
  type SreInvestigation,
  type SreRemediation,
  type SreTranscript,
} from "@sre-agent/crds";
import {
  type Clock,
  type Connection,
  connect,
  createInstaller,
  createReader,
  createRecordWriter,
  isKubeError,
  type KubeObject,
  type NewObject,
  type Reader,
  systemClock,
} from "@sre-agent/kube";
import { createApproval } from "../../cli/src/compose/approval.ts";
import { openEmbedded } from "../../cli/src/demo/embedded.ts";
import { until } from "../../cli/src/demo/follow.ts";
import { question, type Story, type StoryName, storyOf, watch } from "../../cli/src/demo/incident.ts";
import type { Playground } from "../../cli/src/demo/playground.ts";
import { openRealCluster } from "../../cli/src/demo/real-cluster.ts";
import { type Stack, startStack } from "../../cli/src/demo/stack.ts";
import { program } from "../program.ts";

export const PARTS = ["operator", "agent", "mcp-read", "mcp-act"] as const;
export type Part = (typeof PARTS)[number];
/** `pods`: on a real cluster, and the parts are pods there too. */
export type Place = "embedded" | "cluster" | "pods";

export type Investigation = KubeObject & SreInvestigation;
export type Remediation = KubeObject & SreRemediation;
export type Transcript = KubeObject & SreTranscript;
interface Event extends KubeObject {
  readonly regarding?: { readonly kind: string; readonly name: string };
  readonly reason?: string;
  readonly note?: string;
}
export interface Deployment extends KubeObject {
  readonly spec: { readonly replicas: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly availableReplicas?: number;
    readonly updatedReplicas?: number;
  };
}

const PROGRAM = program("sre-agent");
const WITHIN_MS: Readonly<Record<Place, number>> = { embedded: 40_000, cluster: 90_000, pods: 240_000 };
/** A look costs both processors of a small machine: often enough for what stays, and for what passes soon. */
const LOOK_EVERY_MS = { stays: 100, passes: 20 };
const looking = (every: keyof typeof LOOK_EVERY_MS): Clock => ({
  now: systemClock.now,
  sleep: (ms, signal) => systemClock.sleep(Math.min(ms, LOOK_EVERY_MS[every]), signal),
});

/** An incident with the four real processes around it, as a test sees and disturbs it. */
export class Scenario {
  readonly playground: Playground;
  readonly story: Story;
  readonly stack: Stack;
  readonly reader: Reader;
  /** Every line that each part logged, over all its lives. */
  readonly logs: Readonly<Record<Part, string[]>>;
  readonly #place: Place;
  readonly #signal = new AbortController().signal;

  constructor(options: {
    playground: Playground;
    story: Story;
    stack: Stack;
    place: Place;
    logs: Readonly<Record<Part, string[]>>;
  }) {
    this.playground = options.playground;
    this.story = options.story;
    this.stack = options.stack;
    this.logs = options.logs;
    this.#place = options.place;
    this.reader = createReader(options.playground.admin);
  }

  get namespace(): string {
    return this.playground.namespace;
  }

  async apply(...objects: readonly NewObject[]): Promise<void> {
    const installer = createInstaller(this.playground.admin);
    for (const object of objects) await installer.apply(object, { namespace: this.namespace });
  }

  /** @param it stays to be seen, or passes, as a stage does in which something is to be killed. */
  until<T>(what: string, look: () => Promise<T | undefined>, it: keyof typeof LOOK_EVERY_MS = "stays"): Promise<T> {
    return until({ clock: looking(it), signal: this.#signal, withinMs: WITHIN_MS[this.#place] }, what, look);
  }

  /** The workload, healthy where the story has it so, then watched, then broken. Answers its generation when broken. */
  async breakIt(stableFor = "1s"): Promise<number> {
    const { story, playground } = this;
    await this.apply(...story.before(playground));
    if (story.healthyBefore) await this.untilRolledOut();
    await this.apply(...watch(story, playground).map(verifiedOver(stableFor)), ...story.release(playground));
    if (story.asked !== undefined) await this.apply(question(story, playground));
    return (await this.deployment()).metadata.generation ?? 0;
  }

  /** Plays until a change is on record and a person is asked for. Answers the record. */
  async untilAsked(stableFor?: string): Promise<Remediation> {
    await this.breakIt(stableFor);
    await this.untilPhase("AwaitingApproval");
    return this.untilRemediation("Proposed");
  }

  async deleteInvestigations(): Promise<void> {
    const writer = createRecordWriter(this.playground.admin, { group: GROUP });
    for (const { apiVersion, kind, metadata } of await this.investigations())
      await writer.delete({ apiVersion, kind, namespace: this.namespace, name: metadata.name });
  }

  deployment(): Promise<Deployment> {
    const name = this.story.workload ?? "";
    return this.reader.get({ apiVersion: "apps/v1", kind: "Deployment", namespace: this.namespace, name });
  }

  untilRolledOut(): Promise<Deployment> {
    return this.until("the rollout", async () => {
      const deployment = await this.deployment();
      const { metadata, spec, status } = deployment;
      if (status?.observedGeneration !== metadata.generation) return undefined;
      const isDone = status?.availableReplicas === spec.replicas && status.updatedReplicas === spec.replicas;
      return isDone ? deployment : undefined;
    });
  }

  async list<T extends KubeObject>(kind: string, apiVersion: string = API_VERSION): Promise<readonly T[]> {
    return (await this.reader.list<T>({ apiVersion, kind }, { namespace: this.namespace })).items;
  }

  investigations(): Promise<readonly Investigation[]> {
    return this.list("SreInvestigation");
  }

  ledger(): Promise<readonly Remediation[]> {
    return this.list("SreRemediation");
  }

  transcripts(): Promise<readonly Transcript[]> {
    return this.list("SreTranscript");
  }

  /** What was announced about our objects: `Kind/name Reason message`. */
  async events(): Promise<readonly string[]> {
    const events = await this.list<Event>("Event", "events.k8s.io/v1");
    return events.map(({ regarding, reason, note }) => `${regarding?.kind}/${regarding?.name} ${reason} ${note}`);
  }

  /** The first investigation that is in one of `phases`. @throws when it ends otherwise, or takes too long. */
  untilPhase(...phases: readonly InvestigationPhase[]): Promise<Investigation> {
    return this.until(`an investigation in ${phases.join(" or ")}`, async () => {
      const [first] = await this.investigations();
      const { phase = "Pending", conditions, rationale } = first?.status ?? {};
      if (first !== undefined && phases.includes(phase)) return first;
      if (isComplete(conditions)) throw new Error(`the investigation ended as ${phase}: ${rationale}`);
      return undefined;
    });
  }

  /** The one record of the ledger when it is in one of `phases`. */
  untilRemediation(...phases: readonly RemediationPhase[]): Promise<Remediation> {
    return this.until(`a remediation in ${phases.join(" or ")}`, async () =>
      (await this.ledger()).find(({ status }) => phases.includes(status?.phase ?? "Proposed")),
    );
  }

  /** A person says yes, with that person's own credential. `digest`: to another change than the recorded one. */
  async approve(remediation: Remediation, digest = remediation.spec.approvalDigest): Promise<void> {
    const person = await this.playground.approver();
    const seen = { ...remediation, spec: { ...remediation.spec, approvalDigest: digest } };
    await createApproval(person, { remediation: seen, decision: "Approve", signal: this.#signal });
    await person.close();
  }

  /** Stops everything; on a real cluster the namespace goes too. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stack.stop();
    await discard(this.playground, this.#place);
  }
}

/** The demo's allowance with a shorter window: the tests wait for what happens. */
function verifiedOver(stableFor: string): (object: NewObject) => NewObject {
  return (object) => {
    if (object.kind !== "SreAction") return object;
    return { ...object, spec: { ...(object["spec"] as object), verify: { within: "60s", stableFor } } };
  };
}

/** A cluster with nothing in it, and the four processes ready. */
export async function openScenario(name: StoryName, place: Place = "embedded"): Promise<Scenario> {
  const playground = place === "embedded" ? await openEmbedded(name) : await openReal();
  const logs: Record<Part, string[]> = { operator: [], agent: [], "mcp-read": [], "mcp-act": [] };
  try {
    const stack = await startStack({
      playground,
      program: [PROGRAM],
      path: "",
      logLevel: "debug",
      onLine: (part, line) => logs[part].push(line),
      signal: new AbortController().signal,
    });
    return new Scenario({ playground, story: storyOf(name), stack, place, logs });
  } catch (error) {
    await discard(playground, place);
    throw error;
  }
}

/** A real cluster with nothing in it, and whatever stack `start` brings up there. Has more patience: pods start slowly. */
export async function openScenarioWith(
  name: StoryName,
  start: (playground: Playground) => Promise<Stack>,
): Promise<Scenario> {
  const playground = await openReal();
  const logs: Record<Part, string[]> = { operator: [], agent: [], "mcp-read": [], "mcp-act": [] };
  try {
    const stack = await start(playground);
    return new Scenario({ playground, story: storyOf(name), stack, place: "pods", logs });
  } catch (error) {
    await discard(playground, "pods");
    throw error;
  }
}

async function openReal(): Promise<Playground> {
  const kubeconfig = process.env["KUBECONFIG"] ?? "";
  const admin: Connection = await connect({ kubeconfig });
  return openRealCluster({ admin, kubeconfig }, new AbortController().signal);
}

async function discard(playground: Playground, place: Place): Promise<void> {
  const { admin, namespace } = playground;
  if (place !== "embedded") {
    await createInstaller(admin)
      .delete({ apiVersion: "v1", kind: "Namespace", name: namespace })
      .catch((error) => {
        if (!isKubeError(error, "NOT_FOUND")) throw error;
      });
  }
  await playground.close();
  await admin.close();
}
