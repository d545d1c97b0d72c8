import { isDeepStrictEqual } from "node:util";
import { ApiError, alreadyExists, badRequest, forbidden, invalid, notFound } from "../api-error.ts";
import { type Clock, timestamp } from "../clock.ts";
import { type KubeObject, keyOf, type Manifest, type ObjectKey } from "../object.ts";
import { builtIn } from "../resources/built-in.ts";
import type { Resource } from "../resources/resource.ts";
import type { Store } from "../store/store.ts";
import { initialStatus, withDefaults } from "./defaults.ts";
import { type DeleteOptions, type Deletion, markedForDeletion, refuseUnmet } from "./deletion.ts";
import { checkFields, type FieldValidation } from "./fields.ts";
import { type Manager, stamped } from "./managed-fields.ts";
import { countsGeneration, merged } from "./merged.ts";
import { nameCauses, specCauses } from "./validate.ts";

export interface WriteOptions extends Manager {
  readonly dryRun?: boolean;
  readonly fieldValidation?: FieldValidation;
  readonly patching?: boolean;
  /** Called with each warning that goes to the client. */
  readonly onWarning?: (text: string) => void;
}

/** The rules of the API over the store: defaults, validation, versions, generations, deletion. Throws ApiError. */
export interface Registry {
  readonly store: Store;
  get(resource: Resource, key: ObjectKey): KubeObject;
  create(resource: Resource, manifest: Manifest, options: WriteOptions): KubeObject;
  /** Stores what `change` makes of the current object, unless that is no change. */
  update(request: UpdateRequest): KubeObject;
  delete(resource: Resource, key: ObjectKey, options: DeleteOptions): Deletion;
}

interface UpdateRequest {
  readonly resource: Resource;
  readonly key: ObjectKey;
  readonly options: WriteOptions;
  change(current: KubeObject): KubeObject;
}

export interface RegistryParts {
  readonly store: Store;
  readonly clock: Clock;
  uid(): string;
  /** Five characters for generated names. */
  suffix(): string;
  /** An object of more bytes is refused as etcd refuses it. */
  readonly storageLimit: number;
}

const NAMESPACE = builtIn("Namespace");

export function createRegistry(parts: RegistryParts): Registry {
  const { store, clock } = parts;
  const now = () => timestamp(clock.now());
  const get = (resource: Resource, key: ObjectKey) => found(store, resource, key);
  const checked = (resource: Resource, object: KubeObject, rest: CheckFacts) =>
    checkedObject(resource, object, { ...rest, storageLimit: parts.storageLimit });

  function create(resource: Resource, manifest: Manifest, options: WriteOptions): KubeObject {
    const fresh = completed(resource, manifest, parts);
    refuseWrongNamespace(store, resource, fresh);
    const object = stamped(checked(resource, fresh, { options }), options, now());
    if (store.get(resource.storage, keyOf(object))) throw alreadyExists(resource, object.metadata.name);
    return options.dryRun ? object : store.put(resource.storage, object);
  }

  function update({ resource, key, options, change }: UpdateRequest): KubeObject {
    const current = get(resource, key);
    const wanted = merged({ resource, current, wanted: change(current), options });
    const object = checked(resource, withDefaults(wanted), { options, before: current });
    if (isDeepStrictEqual(withoutVersions(object), withoutVersions(current))) return current;
    const generation = countsGeneration(resource, object, current);
    const next = stamped({ ...object, metadata: { ...object.metadata, ...generation } }, options, now());
    if (options.dryRun) return next;
    return isReleased(next) ? finish(resource, next) : store.put(resource.storage, next);
  }

  /** The last finalizer went: the object goes too. */
  function finish(resource: Resource, object: KubeObject): KubeObject {
    store.put(resource.storage, object);
    store.remove(resource.storage, keyOf(object));
    return object;
  }

  function remove(resource: Resource, key: ObjectKey, options: DeleteOptions): Deletion {
    const object = get(resource, key);
    refuseUnmet(resource, object, options);
    const marked = markedForDeletion(resource, object, { options, nowMs: clock.now() });
    if (marked !== undefined) {
      return { object: options.dryRun ? marked : store.put(resource.storage, marked), removed: false };
    }
    if (options.dryRun) return { object, removed: true };
    return { object: store.remove(resource.storage, key) ?? object, removed: true };
  }

  return { store, get, create, update, delete: remove };
}

interface CheckFacts {
  readonly options: WriteOptions;
  readonly before?: KubeObject;
}

function found(store: Store, resource: Resource, key: ObjectKey): KubeObject {
  const object = store.get(resource.storage, key);
  if (object === undefined) throw notFound(resource, key.name);
  return object;
}

/** The object with our kinds' defaults and without unknown fields. Throws when the API would refuse it. */
function checkedObject(
  resource: Resource,
  object: KubeObject,
  { options, before, storageLimit }: CheckFacts & { readonly storageLimit: number },
): KubeObject {
  const { fieldValidation = "Warn", patching = false, onWarning } = options;
  const result = checkFields(resource, object, { fieldValidation, patching });
  for (const warning of result.warnings) onWarning?.(warning);
  // A binding is the one write that gives a pod its node.
  const ofSpec = options.subresource === "binding" ? [] : specCauses(result.object, before);
  const causes = [...nameCauses(result.object), ...ofSpec];
  if (causes.length > 0) throw invalid(resource, object.metadata.name, causes);
  refuseTooLarge(result.object, storageLimit);
  return result.object;
}

function completed(resource: Resource, manifest: Manifest, parts: RegistryParts): KubeObject {
  const { name, generateName, resourceVersion, ...metadata } = manifest.metadata;
  if (resourceVersion !== undefined && resourceVersion !== "") {
    throw new ApiError(500, "resourceVersion should not be set on objects to be created");
  }
  const generated = generateName === undefined ? "" : `${generateName}${parts.suffix()}`;
  const { status, ...rest } = manifest;
  const first = resource.hasStatus ? initialStatus(resource.kind) : status;
  return withDefaults({
    ...rest,
    metadata: {
      name: name || generated,
      ...(generateName === undefined ? {} : { generateName }),
      ...metadata,
      uid: parts.uid(),
      resourceVersion: "",
      creationTimestamp: timestamp(parts.clock.now()),
      ...countsGeneration(resource),
    },
    ...(first === undefined ? {} : { status: first }),
  } as KubeObject);
}

function refuseWrongNamespace(store: Store, resource: Resource, { metadata }: KubeObject): void {
  if (!resource.namespaced) {
    if (metadata.namespace) throw badRequest("namespace is not allowed on this type");
    return;
  }
  const name = metadata.namespace ?? "";
  const namespace = store.get(NAMESPACE.storage, { namespace: "", name });
  if (namespace === undefined) throw notFound(NAMESPACE, name);
  if (namespace.metadata.deletionTimestamp !== undefined) {
    const why = `unable to create new content in namespace ${name} because it is being terminated`;
    throw forbidden(resource, metadata.name, why);
  }
}

function refuseTooLarge(object: KubeObject, limit: number): void {
  if (Buffer.byteLength(JSON.stringify(object)) > limit) throw new ApiError(500, "etcdserver: request is too large");
}

function withoutVersions({ metadata, ...rest }: KubeObject): unknown {
  const { managedFields: _, resourceVersion: __, ...kept } = metadata;
  return { ...rest, metadata: kept };
}

function isReleased({ kind, metadata }: KubeObject): boolean {
  const isGraceful = kind === "Pod" || kind === "Namespace";
  return metadata.deletionTimestamp !== undefined && !isGraceful && (metadata.finalizers ?? []).length === 0;
}
