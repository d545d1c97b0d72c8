import type { Clock } from "../clock.ts";
import type { KubeObject, Manifest } from "../object.ts";
import type { Registry } from "../registry/registry.ts";
import type { Catalog } from "../resources/catalog.ts";
import { clusterObjects } from "./cluster-objects.ts";
import type { Incident, TimelineStep } from "./incident.ts";

export interface Player {
  /** Node, standard namespaces and CustomResourceDefinitions. */
  installCluster(definitions: readonly object[]): void;
  /** The incident's objects, then its steps at their times. */
  begin(): void;
  /** Throws RangeError on an unknown step. */
  play(step: string): void;
  apply(manifests: readonly Manifest[]): void;
  stop(): void;
}

interface PlayerParts {
  readonly incident: Incident | undefined;
  readonly registry: Registry;
  readonly catalog: Catalog;
  readonly clock: Clock;
}

export function createPlayer({ incident, registry, catalog, clock }: PlayerParts): Player {
  const stopping = new AbortController();
  const steps = incident?.steps ?? [];

  function apply(manifests: readonly Manifest[]): void {
    for (const manifest of manifests) applyOne(manifest);
  }

  function applyOne(manifest: Manifest): void {
    const resource = catalog.ofKind(manifest.apiVersion, manifest.kind);
    if (resource === undefined) throw new RangeError(`not served: ${manifest.apiVersion} ${manifest.kind}`);
    const key = { namespace: manifest.metadata.namespace ?? "", name: manifest.metadata.name ?? "" };
    const options = { manager: "kubectl-client-side-apply" };
    const exists = registry.store.get(resource.storage, key) !== undefined;
    if (exists) registry.update({ resource, key, options, change: (current) => applied(current, manifest) });
    else registry.create(resource, manifest, options);
    if (manifest["status"] === undefined || !resource.hasStatus) return;
    const status = { manager: "kubelet", subresource: "status" };
    registry.update({
      resource,
      key,
      options: status,
      change: (current) => ({ ...current, status: manifest["status"] }) as KubeObject,
    });
  }

  function playStep(step: TimelineStep): void {
    apply(step.apply);
  }

  function schedule(step: TimelineStep): void {
    if (step.atMs === undefined) return;
    clock.sleep(step.atMs, stopping.signal).then(
      () => playStep(step),
      // Only stop() ends the wait early.
      () => undefined,
    );
  }

  return {
    installCluster: (definitions) => apply([...clusterObjects(), ...(definitions as readonly Manifest[])]),
    begin() {
      apply(incident?.objects ?? []);
      for (const step of steps) schedule(step);
    },
    play(name) {
      const step = steps.find((candidate) => candidate.name === name);
      if (step !== undefined) return playStep(step);
      throw new RangeError(`no step ${name}; there are: ${steps.map((each) => each.name).join(", ") || "none"}`);
    },
    apply,
    stop: () => stopping.abort(),
  };
}

/** What was left out of the manifest is gone, as after `kubectl apply`; labels and annotations of others stay. */
function applied(current: KubeObject, manifest: Manifest): KubeObject {
  const { labels, annotations } = manifest.metadata;
  return {
    ...manifest,
    metadata: {
      ...current.metadata,
      labels: { ...current.metadata.labels, ...labels },
      annotations: { ...current.metadata.annotations, ...annotations },
    },
  };
}
