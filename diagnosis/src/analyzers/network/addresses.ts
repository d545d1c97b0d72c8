import { fetched } from "./fetch-commands.ts";

/** A host, and where one is given a port, that some text names. */
export interface NamedHost {
  readonly host: string;
  readonly port: number | undefined;
  /** Whether the port stands in the text, or follows from the scheme. */
  readonly explicitPort: boolean;
  /** The form leaves no doubt that this is the address of a server. */
  readonly certain: boolean;
  /** The setting beside it from which the port is: `API_PORT` of `API_HOST`. */
  readonly portFrom?: string | undefined;
}

const HOST = "[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?";
/** The name goes on with what a shell fills in (`db-$i.peers`): nobody knows the whole of it. */
const WHOLE = "(?![\\w$-]|\\.[\\w${])";
/** What stands before an `@` is a user with a password. */
const NO_USER = "(?![^\\s/\"']*@)";
const URL = new RegExp(`\\b([a-z][a-z0-9+.-]*)://(?:[^\\s/"']*@)?(${HOST})(?::(\\d{1,5}))?${WHOLE}${NO_USER}`, "g");
const HOST_AND_PORT = new RegExp(`(?<![\\w./@:$-])(${HOST}):(\\d{2,5})(?![\\w:.])${NO_USER}`, "g");
const WHOLE_HOST = new RegExp(`^${HOST}\\.?$`);
const COMMANDS: readonly RegExp[] = [
  new RegExp(`\\b(?:nslookup|dig|getent\\s+(?:a?hosts|ahostsv4))\\s+(?:-\\S+\\s+)*(${HOST})${WHOLE}`, "g"),
  new RegExp(`\\b(?:nc|ncat|telnet)\\s+(?:-[a-zA-Z]+(?:\\s+\\d+)?\\s+)*(${HOST})\\s+(\\d{1,5})\\b`, "g"),
  new RegExp(
    `\\b(?:redis-cli|psql|pg_isready|mysql|mysqladmin)\\b[^|;&\\n]*?\\s-h\\s*(${HOST})(?:[^|;&\\n]*?\\s-[pP]\\s*(\\d{1,5}))?`,
    "g",
  ),
];

/** What curl and wget take for a host, without a scheme. */
const BARE = new RegExp(`^(${HOST})(?::(\\d{1,5}))?(?:/\\S*)?$`);

/** Ports that a URL implies. */
const SCHEME_PORTS: Readonly<Record<string, number>> = {
  http: 80,
  https: 443,
  ws: 80,
  wss: 443,
  redis: 6379,
  postgres: 5432,
  postgresql: 5432,
  mysql: 3306,
  amqp: 5672,
  mongodb: 27017,
  nats: 4222,
  memcached: 11211,
};

/** What a script prints: into a file, it is a script or a configuration that somebody reads. */
const PRINTED = /\b(?:echo|printf)\s+(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^"'|;&\n])*/g;
const QUOTED = /"(?:[^"\\]|\\.)*"|'[^']*'/g;
/** How programs name whom they did not reach. */
const BLAMED: readonly RegExp[] = [
  new RegExp(`\\blookup (${HOST})(?: on [\\d.:]+)?:`, "g"),
  new RegExp(`\\b(?:resolve|find|unknown)(?: the)? host(?:name)?: ?["']?(${HOST})`, "gi"),
  new RegExp(`\\b(?:ENOTFOUND|EAI_AGAIN|bad address) ["']?(${HOST})`, "g"),
  new RegExp(
    `\\bconnect(?:ing|ion)? to (?:server at )?["']?(${HOST})["']?(?: \\([^)]*\\))?,? port (\\d{1,5})\\b`,
    "gi",
  ),
  new RegExp(`\\bUnknownHostException: (${HOST})`, "g"),
  new RegExp(`\\b(?:dial tcp|connect(?:ing|ion)? to|reach|waiting for):? ["']?(${HOST}):(\\d{1,5})`, "gi"),
  /\b(?:connect(?:ing|ion)? to|reach) ["']?([a-z0-9]+(?:[-.][a-z0-9]+)+)\b/g,
];

const MAX_TEXT = 20_000;
const MAX_HOSTS = 50;

/** The addresses in a command line, an argument or a file. */
export function hostsInText(text: string): readonly NamedHost[] {
  const bounded = text.slice(0, MAX_TEXT).replace(/\\\n/g, " ");
  const kept = (bounded.match(PRINTED) ?? []).filter(isKept);
  // A file may be a script, a configuration, or a page that nobody calls.
  const inFiles = kept.flatMap(addressesIn).map((one) => ({ ...one, certain: false }));
  return distinct([...addressesIn(bounded.replace(PRINTED, "echo ")), ...inFiles]);
}

function isKept(printed: string): boolean {
  return />\s*(?!\/dev\/)\S/.test(printed.replace(QUOTED, ""));
}

function addressesIn(text: string): readonly NamedHost[] {
  return [...urlsIn(text), ...fetchedIn(text), ...matchesOf(COMMANDS, text), ...pairsIn(text)];
}

/** Whom a line of a log blames. It is prose: what follows the name of a command there is no argument of it. */
export function hostsBlamed(line: string): readonly NamedHost[] {
  return distinct([...matchesOf(BLAMED, line), ...urlsIn(line), ...pairsIn(line)]);
}

function fetchedIn(text: string): readonly NamedHost[] {
  return fetched(text).flatMap((word) => {
    const [, host, port] = BARE.exec(word) ?? [];
    return host === undefined ? [] : [named(host, port, true)];
  });
}

function urlsIn(text: string): readonly NamedHost[] {
  return [...text.matchAll(URL)].map(([, scheme = "", host = "", port]) => fromUrl(scheme, host, port));
}

function pairsIn(text: string): readonly NamedHost[] {
  return [...text.matchAll(HOST_AND_PORT)].map(([, host = "", port]) => named(host, port, false));
}

function matchesOf(patterns: readonly RegExp[], text: string): readonly NamedHost[] {
  return patterns.flatMap((pattern) =>
    [...text.matchAll(pattern)].map(([, host = "", port]) => named(host, port, true)),
  );
}

const ADDRESS_NAME = /(?:^|_)(?:HOST|ADDR|ADDRESS|URL|URI|ENDPOINT|UPSTREAM|BACKEND|BROKER|SERVER|SVC)S?$/i;
const HOST_ENV = /(?:^|_)(?:HOST|ADDR|ADDRESS|SERVER|ENDPOINT|UPSTREAM|BACKEND|BROKER)$/i;
const KIND_NAME = /(?:^|_)(?:BACKEND|BROKER|SERVER|UPSTREAM)S?$/i;
/** Where the process itself listens. */
const OWN = /^(?:HOST|HOSTNAME|SERVER_HOST|BIND_\w+|LISTEN\w*|VIRTUAL_HOST|POD_\w+|MY_\w+|SERVER_NAME)$/i;

/** The addresses in the value of an env entry or of a ConfigMap key; `siblings` gives X_PORT for X_HOST. */
export function hostsInSetting(
  name: string,
  value: string,
  siblings: ReadonlyMap<string, string>,
): readonly NamedHost[] {
  const inText = hostsInText(value).map((one) => ({ ...one, certain: one.certain || ADDRESS_NAME.test(name) }));
  if (inText.length > 0) return inText;
  const addressed = ADDRESS_NAME.test(name) && !OWN.test(name);
  if (!addressed || !WHOLE_HOST.test(value) || !isHost(value)) return [];
  const portFrom = name.replace(HOST_ENV, (found) => `${found.startsWith("_") ? "_" : ""}PORT`);
  const port = siblings.get(portFrom);
  const digits = /^\d{1,5}$/.test(port ?? "") ? port : undefined;
  // A backend, broker or server of one word alone may be a kind of such: redis, memory, gunicorn.
  const certain = value.includes(".") || digits !== undefined || !KIND_NAME.test(name);
  return [{ ...named(value, digits, certain), portFrom: digits && portFrom }];
}

function fromUrl(scheme: string, host: string, port: string | undefined): NamedHost {
  const explicit = named(host, port, true);
  return port === undefined ? { ...explicit, port: SCHEME_PORTS[scheme] } : explicit;
}

function named(host: string, port: string | undefined, certain: boolean): NamedHost {
  const explicitPort = port !== undefined;
  return { host: host.replace(/\.$/, ""), port: explicitPort ? Number(port) : undefined, explicitPort, certain };
}

/** No address of a machine, and not the machine itself. */
function isHost(host: string): boolean {
  return /[a-z]/i.test(host) && !/^localhost$|^\d+(\.\d+){3}$/i.test(host);
}

function distinct(hosts: readonly NamedHost[]): readonly NamedHost[] {
  const seen = new Map<string, NamedHost>();
  for (const one of hosts.filter(({ host }) => isHost(host))) {
    const same = [...seen.values()].find(
      ({ host, port }) => host === one.host && (!one.explicitPort || port === one.port),
    );
    if (same === undefined && seen.size < MAX_HOSTS) seen.set(`${one.host}:${one.port ?? ""}`, one);
  }
  return [...seen.values()];
}
