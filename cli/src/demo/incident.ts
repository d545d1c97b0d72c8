import { API_VERSION, type InvestigationPhase } from "@sre-agent/crds";
import type { NewObject } from "@sre-agent/kube";
import { INCIDENTS, type Manifest } from "@sre-agent/sandbox";
import type { Playground } from "./playground.ts";

/** An incident as the demo tells it: the sandbox's objects, on whatever cluster, and how it should end. */
export interface Story {
  readonly title: string;
  readonly workload: string;
  readonly before: (playground: Playground) => readonly NewObject[];
  /** The change that breaks it; empty when it never worked, or when nothing is wrong. */
  readonly release: (playground: Playground) => readonly NewObject[];
  /** `trigger`: an SreTrigger sees it. `person`: somebody asks, since there is nothing to see. */
  readonly startedBy: "trigger" | "person";
  readonly allowed: boolean;
  readonly ending: InvestigationPhase;
}

export type StoryName = keyof typeof INCIDENTS;
export const STORY_NAMES = Object.keys(INCIDENTS) as readonly StoryName[];

/** Where the sandbox's incidents play, and the image they use. */
const SCENE = { namespace: "shop", image: "localhost/toolbox:1" };
const WORKLOAD = "web";

const ENDINGS: Readonly<Record<StoryName, Pick<Story, "startedBy" | "allowed" | "ending">>> = {
  "bad-release": { startedBy: "trigger", allowed: true, ending: "Succeeded" },
  healthy: { startedBy: "person", allowed: true, ending: "NoActionNeeded" },
  "no-allowed-action": { startedBy: "trigger", allowed: false, ending: "NeedsHuman" },
};

export function storyOf(name: StoryName): Story {
  const { title, objects, steps } = INCIDENTS[name];
  return {
    title,
    workload: WORKLOAD,
    before: (playground) => moved(objects, playground),
    release: (playground) =>
      moved(
        steps.flatMap((step) => step.apply),
        playground,
      ),
    ...ENDINGS[name],
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
  const actionRefs = story.allowed ? [ALLOWED_ACTION] : [];
  return [...(story.allowed ? [allowRollback(namespace)] : []), trigger(namespace, actionRefs)];
}

const ALLOWED_ACTION = "roll-back";

function allowRollback(namespace: string): NewObject {
  return {
    apiVersion: API_VERSION,
    kind: "SreAction",
    metadata: { name: ALLOWED_ACTION, namespace },
    spec: {
      type: "Rollback",
      targets: [{ kind: "Deployment", selector: { matchLabels: { app: WORKLOAD } } }],
      mode: "approve",
      verify: { within: "60s", stableFor: "5s" },
    },
  };
}

function trigger(namespace: string, actionRefs: readonly string[]): NewObject {
  const reasons = ["CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull", "CreateContainerConfigError"];
  return {
    apiVersion: API_VERSION,
    kind: "SreTrigger",
    metadata: { name: "unwell", namespace },
    spec: {
      target: { kinds: ["Deployment"] },
      when: [{ condition: { of: "Pods", type: "Ready", status: "False", reasons } }],
      actionRefs,
      mode: "approve",
    },
  };
}

/** A person's own question about a workload that looks healthy. */
export function question({ namespace }: Playground): NewObject {
  return {
    apiVersion: API_VERSION,
    kind: "SreInvestigation",
    metadata: { name: "is-web-well", namespace },
    spec: {
      target: { kind: "Deployment", name: WORKLOAD },
      symptom: "Somebody saw the word error in the log.",
      actionRefs: [ALLOWED_ACTION],
      mode: "approve",
    },
  };
}
