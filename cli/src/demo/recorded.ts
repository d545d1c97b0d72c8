import { ACTION_TYPES } from "@sre-agent/crds";
import { UserError } from "@sre-agent/frame";
import type { Incident } from "@sre-agent/mcp-server/incident";
import type { Story } from "./incident.ts";

/** So many workloads one SreAction can name. */
const MAX_NAMES = 64;

/** A recorded incident as the demo tells it: it is broken from the start, and nobody knows how it ends. */
export function recordedStory({ header, objects, logs }: Incident): Story {
  const deployments = objects
    .filter(({ kind }) => kind === "Deployment")
    .map(({ metadata }) => metadata.name)
    .slice(0, MAX_NAMES);
  return {
    title: "something is wrong in the namespace",
    scene: `The namespace as it was at ${header.now}: ${objects.length} objects and ${logs.length} logs`,
    before: () => [],
    release: () => [],
    healthyBefore: false,
    watched: false,
    asked: "Something is wrong here.",
    // Of workloads, the embedded cluster can carry out changes of Deployments alone.
    allows: deployments.length === 0 ? [] : ACTION_TYPES.filter((type) => type !== "Evict"),
    targets: [{ kind: "Deployment", names: deployments }],
  };
}

/** Where a recorded incident plays. @throws UserError when nothing can be created there. */
export function recordedNamespace({ header, objects }: Incident, file: string): string {
  const [name] = header.namespaces;
  if (name === undefined) throw cannotPlay(file, "it is about no namespace");
  const namespace = objects.find(({ kind, metadata }) => kind === "Namespace" && metadata.name === name);
  if (namespace?.metadata.deletionTimestamp === undefined) return name;
  throw cannotPlay(
    file,
    `namespace ${name} is being deleted, and nothing can be created in it, no SreInvestigation either`,
  );
}

function cannotPlay(file: string, why: string): UserError {
  return new UserError(`${file} cannot be played: ${why}.`, {
    nextStep: `Look into it without a cluster: sre-agent investigate --file ${file}`,
  });
}
