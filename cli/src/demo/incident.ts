import { type ActionSpec, type ActionType, API_VERSION, type InvestigationPhase } from "@sre-agent/crds";
import type { NewObject } from "@sre-agent/kube";
import { INCIDENTS, type Manifest } from "@sre-agent/sandbox";
import type { Playground } from "./playground.ts";

/** An incident as the demo tells it: its objects, on whatever cluster, and how it should end. */
export interface Story {
  readonly title: string;
  /** What is there before anything happens. */
  readonly scene: string;
  /** The Deployment that it is about; absent: the namespace as a whole. */
  readonly workload?: string;
  readonly before: (playground: Playground) => readonly NewObject[];
  /** The change that breaks it; empty when it never worked, or when nothing is wrong. */
  readonly release: (playground: Playground) => readonly NewObject[];
  /** Whether the workload is healthy before the change. */
  readonly healthyBefore: boolean;
  /** Whether an SreTrigger watches. */
  readonly watched: boolean;
  /** Absent: the SreTrigger sees it. Else somebody asks, with these words. */
  readonly asked?: string;
  /** What SreActions allow; nothing when empty. */
  readonly allows: readonly ActionType[];
  /** To which workloads. */
  readonly targets: ActionSpec["targets"];
  /** Absent: nobody knows. */
  readonly ending?: InvestigationPhase;
}

export type StoryName = keyof typeof INCIDENTS;
export const STORY_NAMES = Object.keys(INCIDENTS) as readonly StoryName[];

/** Where the sandbox's incidents play, and the image they use. */
const SCENE = { namespace: "shop", image: "localhost/toolbox:1" };
const WORKLOAD = "web";

type Telling = Pick<Story, "healthyBefore" | "asked" | "allows"> & { readonly ending: InvestigationPhase };

const TELLINGS: Readonly<Record<StoryName, Telling>> = {
  "bad-release": { healthyBefore: true, allows: ["Rollback"], ending: "Succeeded" },
  "scaled-to-zero": {
    healthyBefore: true,
    asked: "The shop does not answer.",
    allows: ["Scale"],
    ending: "Succeeded",
  },
  deadlocked: { healthyBefore: true, allows: ["Restart"], ending: "Succeeded" },
  "missing-key": { healthyBefore: false, allows: ["Rollback", "Restart"], ending: "NeedsHuman" },
  oom: { healthyBefore: false, allows: ["Rollback", "Restart"], ending: "NeedsHuman" },
  healthy: {
    healthyBefore: true,
    asked: "Somebody saw the word error in the log.",
    allows: ["Rollback"],
    ending: "NoActionNeeded",
  },
  "no-allowed-action": { healthyBefore: false, allows: [], ending: "NeedsHuman" },
  storm: { healthyBefore: true, allows: ["Rollback"], ending: "Succeeded" },
};

export function storyOf(name: StoryName): Story & Telling {
  const { title, objects, steps } = INCIDENTS[name];
  return {
    title,
    scene: "A workload in the namespace",
    workload: WORKLOAD,
    watched: true,
    targets: [{ kind: "Deployment", selector: { matchLabels: { app: WORKLOAD } } }],
    before: (playground) => moved(objects, playground),
    release: (playground) =>
      moved(
        steps.flatMap((step) => step.apply),
        playground,
      ),
    ...TELLINGS[name],
  };
}

/** The same objects in the playground's namespace and with its image; the namespace itself is the playground's. */
function moved(manifests: readonly Manifest[], { namespace, image }: Playground): readonly NewObject[] {
  return manifests
    .filter(({ kind }) => kind !== "Namespace")
    .map((manifest) => {
      const text = JSON.stringify({ ...manifest, metadata: { ...manifest.metadata, namespace } });
      const renamed = text.replaceAll(JSON.stringify(SCENE.image), JSON.stringify(image.name));
      return JSON.parse(renamed.replaceAll('"imagePullPolicy":"Never"', `"imagePullPolicy":"${image.pullPolicy}"`));
    });
}

/** What watches the workload, and what may be done about it. */
export function watch(story: Story, { namespace }: Playground): readonly NewObject[] {
  const triggers = story.watched ? [trigger(namespace, story.allows.map(actionName))] : [];
  return [...story.allows.map((type) => allow(type, namespace, story.targets)), ...triggers];
}

/** `Rollback` is allowed by the SreAction `roll-back`. */
function actionName(type: ActionType): string {
  return type === "Rollback" ? "roll-back" : type.toLowerCase();
}

function allow(type: ActionType, namespace: string, targets: Story["targets"]): NewObject {
  return {
    apiVersion: API_VERSION,
    kind: "SreAction",
    metadata: { name: actionName(type), namespace },
    spec: {
      type,
      targets,
      mode: "approve",
      verify: { within: "60s", stableFor: "5s" },
    },
  };
}

const FAILURES = ["CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull", "CreateContainerConfigError", "OOMKilled"];

function trigger(namespace: string, actionRefs: readonly string[]): NewObject {
  const notReady = { of: "Pods", type: "Ready", status: "False" };
  return {
    apiVersion: API_VERSION,
    kind: "SreTrigger",
    metadata: { name: "unwell", namespace },
    spec: {
      target: { kinds: ["Deployment"] },
      when: [
        { condition: { ...notReady, reasons: FAILURES } },
        { condition: { ...notReady, reasons: ["ContainersNotReady"] }, for: "3s" },
      ],
      actionRefs,
      mode: "approve",
    },
  };
}

/** A person's own question. */
export function question({ workload, asked, allows }: Story, { namespace }: Playground): NewObject {
  return {
    apiVersion: API_VERSION,
    kind: "SreInvestigation",
    metadata: { name: `is-${workload ?? namespace}-well`, namespace },
    spec: {
      target:
        workload === undefined
          ? { apiVersion: "v1", kind: "Namespace" }
          : { apiVersion: "apps/v1", kind: "Deployment", name: workload },
      symptom: asked ?? "Is it well?",
      actionRefs: allows.map(actionName),
      mode: "approve",
    },
  };
}
