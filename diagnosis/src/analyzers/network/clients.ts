import { type ContainerPlace, containerPlaces } from "../../snapshot/container-place.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectAt, textAt, textsAt, valueAt } from "../../snapshot/json.ts";
import { condition } from "../../snapshot/pod-state.ts";
import { podSpecOf } from "../../snapshot/pod-template.ts";
import { referencesOf } from "../../snapshot/references.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { hostsBlamed, hostsInSetting, hostsInText, type NamedHost } from "./addresses.ts";
import { workloadsIn } from "./backing.ts";
import { blamedSetting } from "./blamed-setting.ts";
import { complaints, isUnreached } from "./client-trouble.ts";
import { settingName, settingsInFile } from "./config-file.ts";
import { envValuesOf } from "./env-values.ts";
import { envPlace, keyPlace, type Place } from "./place.ts";
import { type Target, targetOf } from "./target.ts";

/** One address that a workload is told to call, and where it stands. */
export interface Call extends NamedHost, Place {
  readonly client: SnapshotObject;
  /** Where its port stands, when that is a setting of its own beside this one. */
  readonly portAt: Place | undefined;
  /** Its host is taken over from another setting, and stands there. */
  readonly composed: boolean;
  /** The Service that the host means, whether or not it exists; absent for a host outside the cluster. */
  readonly target: Target | undefined;
}

const known = new WeakMap<SnapshotIndex, readonly Call[]>();

/** What every workload is told to call; computed once for a snapshot. */
export function callsOf(index: SnapshotIndex): readonly Call[] {
  const found = known.get(index) ?? clientsIn(index).flatMap((client) => callsBy(index, client));
  known.set(index, found);
  return found;
}

/** Every workload that may call, also Jobs; not what is scaled to zero. */
function clientsIn(index: SnapshotIndex): readonly SnapshotObject[] {
  return index.snapshot.namespaces.flatMap((namespace) => {
    const jobs = index.inNamespace("Job", namespace).filter((job) => index.rootOf(job) === job && !isComplete(job));
    const all = [...workloadsIn(index, namespace), ...index.inNamespace("CronJob", namespace), ...jobs];
    return all.filter((workload) => valueAt(workload, "spec", "replicas") !== 0);
  });
}

function isComplete(job: SnapshotObject): boolean {
  return textAt(condition(job, "Complete"), "status") === "True";
}

interface HostPlace extends Place {
  readonly portAt?: Place | undefined;
  readonly composed?: boolean;
}

function callsBy(index: SnapshotIndex, client: SnapshotObject): readonly Call[] {
  const found = [
    ...containerPlaces(client).flatMap((at) => [...inEnv(index, client, at), ...inCommand(client, at)]),
    ...inConfiguration(index, client),
  ];
  const named = new Set(found.map(([{ host }]) => host));
  const blamed = inComplaints(index, client).filter(([{ host }]) => !named.has(host));
  return [...found, ...blamed].map(([host, place]) => ({
    ...host,
    ...place,
    setting: place.setting,
    portAt: place.portAt,
    composed: place.composed ?? false,
    client,
    target: targetOf(index, client.metadata.namespace ?? "", host.host),
  }));
}

type Found = readonly [NamedHost, HostPlace];

function inCommand(client: SnapshotObject, at: ContainerPlace): readonly Found[] {
  const { container, name, path, pointer } = at;
  return ["command", "args"].flatMap((field) => {
    const place: Place = { source: client, path: `${path}.${field}`, words: `${field} of container ${name}` };
    return inWords(textsAt(container, field), { ...place, pointer: `${pointer}/${field}` });
  });
}

function inEnv(index: SnapshotIndex, client: SnapshotObject, at: ContainerPlace): readonly Found[] {
  const env = envValuesOf(index, client.metadata.namespace ?? "", at.container);
  const values = new Map(env.map(({ name, value }) => [name, value]));
  const places = new Map(env.map((entry) => [entry.name, envPlace(client, at, entry)]));
  return env.flatMap((entry) =>
    hostsInSetting(entry.name, entry.value, values).map((host): Found => {
      const composed = !entry.written.includes(host.host);
      return [host, { ...envPlace(client, at, entry), portAt: places.get(host.portFrom ?? ""), composed }];
    }),
  );
}

const FLAG = /^--?([A-Za-z][\w.-]*)(?:=(.*))?$/s;

/** A flag with its value is a setting; the whole is text. */
function inWords(
  words: readonly string[],
  { pointer, ...place }: Place & { readonly pointer: string },
): readonly Found[] {
  const flags = words.flatMap((word, at): readonly Found[] => {
    const [, name = "", own] = FLAG.exec(word) ?? [];
    const value = own ?? words[at + 1] ?? "";
    if (name === "" || value.startsWith("-")) return [];
    const whole =
      own === undefined ? { pointer: `${pointer}/${at + 1}`, value } : { pointer: `${pointer}/${at}`, value: word };
    const hosts = hostsInSetting(settingName(name), value, new Map());
    return hosts.filter(({ certain }) => certain).map((host) => [host, { ...place, setting: whole }]);
  });
  const named = new Set(flags.map(([{ host }]) => host));
  const rest = hostsInText(words.join(" ")).filter(({ host }) => !named.has(host));
  return [...flags, ...rest.map((host): Found => [host, place])];
}

/** Whom it says it does not reach: its address may stand in a Secret. */
function inComplaints(index: SnapshotIndex, client: SnapshotObject): readonly Found[] {
  const lines = complaints(index, client).filter(({ line }) => isUnreached(line));
  const found = lines.flatMap(({ path, line }) =>
    hostsBlamed(line)
      .filter(({ certain }) => certain)
      .map((host): Found => {
        const spoken = { source: client, path, words: "its log" };
        return [host, blamedSetting(index, client, host.host) ?? spoken];
      }),
  );
  return [...new Map(found.map((one) => [one[0].host, one])).values()];
}

/** The ConfigMaps that its env and volumes take: a key is a setting, a file is text. */
function inConfiguration(index: SnapshotIndex, client: SnapshotObject): readonly Found[] {
  const references = referencesOf(podSpecOf(client)).filter(({ kind }) => kind === "ConfigMap");
  const keys = new Map(references.map((reference) => [`${reference.name}/${reference.key ?? ""}`, reference]));
  return [...keys.values()].flatMap(({ name, key }) => {
    const source = index.byName("ConfigMap", client.metadata.namespace, name);
    const data = objectAt(source, "data");
    const siblings = new Map(Object.entries(data).map(([one, value]) => [one, String(value)]));
    return [...siblings].flatMap(([one, value]) => {
      if (source === undefined || (key !== undefined && key !== one)) return [];
      return hostsOf(source, one, siblings).map((host): Found => {
        const port = host.portFrom;
        const portAt = port && keyPlace(source, port, siblings.get(port) ?? "");
        return [host, { ...keyPlace(source, one, value), portAt: portAt || undefined }];
      });
    });
  });
}

const MAX_IN_FILE = 20;
const knownHosts = new WeakMap<SnapshotObject, Map<string, readonly NamedHost[]>>();

/** Read once, however many workloads take the ConfigMap. */
function hostsOf(source: SnapshotObject, key: string, siblings: ReadonlyMap<string, string>): readonly NamedHost[] {
  const ofSource = knownHosts.get(source) ?? new Map<string, readonly NamedHost[]>();
  knownHosts.set(source, ofSource);
  const found = ofSource.get(key) ?? hostsInKey(key, siblings.get(key) ?? "", siblings);
  ofSource.set(key, found);
  return found;
}

/** A key is a setting, or a file that holds some. */
function hostsInKey(key: string, value: string, siblings: ReadonlyMap<string, string>): readonly NamedHost[] {
  const whole = hostsInSetting(key, value, siblings);
  const inside = settingsInFile(value);
  const own = [...inside].flatMap(([name, text]) =>
    hostsInSetting(name, text, inside)
      .filter(({ certain }) => certain)
      // In a file the port stands in the same key.
      .map((host) => ({ ...host, portFrom: undefined })),
  );
  const more = own.filter(({ host }) => !whole.some((one) => one.host === host && one.certain));
  return [...whole, ...more.slice(0, MAX_IN_FILE)];
}

const knownTargets = new WeakMap<SnapshotIndex, ReadonlyMap<string, readonly Call[]>>();

/** Who is told to call a Service. */
export function callsTo(index: SnapshotIndex, { metadata }: SnapshotObject): readonly Call[] {
  const byTarget =
    knownTargets.get(index) ??
    Map.groupBy(callsOf(index), ({ target }) => (target === undefined ? "" : `${target.namespace}/${target.name}`));
  knownTargets.set(index, byTarget);
  return byTarget.get(`${metadata.namespace ?? ""}/${metadata.name}`) ?? [];
}
