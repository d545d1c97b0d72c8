import {
  carriesAll,
  isRecord,
  objectAt,
  podLabelsOf,
  podSpecOf,
  referencesOf,
  type SnapshotIndex,
  type SnapshotObject,
  textAt,
} from "@sre-agent/diagnosis";

const MAX_DEPTH = 6;

/** Everything that `object` owns, directly or through others. */
export function ownedBy(index: SnapshotIndex, object: SnapshotObject): readonly SnapshotObject[] {
  const owned: SnapshotObject[] = [];
  let level: readonly SnapshotObject[] = [object];
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth += 1) {
    const uids = new Set(level.map(({ metadata }) => metadata.uid));
    level = index.snapshot.objects.filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uids.has(uid)));
    owned.push(...level);
  }
  return owned;
}

/** The owners of `object`, the nearest first, as far as they were read. */
export function ownersOf(index: SnapshotIndex, object: SnapshotObject): readonly SnapshotObject[] {
  const owners: SnapshotObject[] = [];
  let current: SnapshotObject | undefined = object;
  while (current !== undefined && owners.length < MAX_DEPTH) {
    const uid: string | undefined = current.metadata.ownerReferences?.[0]?.uid;
    current = uid === undefined ? undefined : index.byUid(uid);
    if (current !== undefined) owners.push(current);
  }
  return owners;
}

/** The ConfigMaps, Secrets and claims that the object's pods take something from, as far as they were read. */
function referenced(index: SnapshotIndex, object: SnapshotObject): readonly SnapshotObject[] {
  const names = referencesOf(podSpecOf(object));
  return names.flatMap(({ kind, name }) => index.byName(kind, object.metadata.namespace, name) ?? []);
}

/** Services that send traffic to the object's pods. */
export function servicesFor(index: SnapshotIndex, object: SnapshotObject): readonly SnapshotObject[] {
  const labels = podLabelsOf(object);
  return index.inNamespace("Service", object.metadata.namespace ?? "").filter((service) => {
    const selector = objectAt(service, "spec", "selector");
    return Object.keys(selector).length > 0 && carriesAll(labels, selector);
  });
}

/** Autoscalers that set the object's replicas. */
export function autoscalersOf(index: SnapshotIndex, object: SnapshotObject): readonly SnapshotObject[] {
  return index
    .inNamespace("HorizontalPodAutoscaler", object.metadata.namespace ?? "")
    .filter(
      (autoscaler) =>
        textAt(autoscaler, "spec", "scaleTargetRef", "kind") === object.kind &&
        textAt(autoscaler, "spec", "scaleTargetRef", "name") === object.metadata.name,
    );
}

/** What a change to the object, or of its behaviour, can be about: itself, owners, owned, what it uses, what uses it. */
export function relatedTo(index: SnapshotIndex, object: SnapshotObject): readonly SnapshotObject[] {
  const root = ownersOf(index, object).at(-1) ?? object;
  const all = [
    object,
    ...ownersOf(index, object),
    ...ownedBy(index, object),
    ...referenced(index, object),
    ...servicesFor(index, object),
    ...autoscalersOf(index, root),
  ];
  return [...new Set(all)];
}

/** The object that an Event is about: kind and name, also when it is gone. */
export function involvedOf(event: SnapshotObject): { readonly kind: string; readonly name: string } {
  const involved = isRecord(event["regarding"]) ? event["regarding"] : objectAt(event, "involvedObject");
  return { kind: textAt(involved, "kind") ?? "", name: textAt(involved, "name") ?? "" };
}
