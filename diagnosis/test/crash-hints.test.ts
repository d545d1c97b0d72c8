import { expect, test } from "vitest";
import type { PodLog, SnapshotObject } from "../src/index.ts";
import { ended, type Fields, waiting } from "./builders.ts";
import { app, CRASHING, found, object, said } from "./objects.ts";

/** A crash loop of one container, with what its spec and its log say. */
const crashing = (container: Fields, volume?: Fields) => {
  const main = { name: "main", image: "app:1", ...container };
  const volumes = volume ? [{ name: "etc", ...volume }] : [];
  return app("web", { ...CRASHING, spec: { containers: [main], volumes } });
};
const mounted = (volume: Fields, mount: Fields = {}) =>
  crashing({ volumeMounts: [{ name: "etc", mountPath: "/data", ...mount }] }, volume);
const settings = object("ConfigMap", "settings", {
  data: { "app.conf": "workers=many", "run.sh": "echo", "dos.sh": "#!/bin/sh\r\necho\r\n" },
});
const limits = object("ConfigMap", "limits", { data: { WORKERS: "0", QUEUE: "main" } });
const fromSecret = { name: "DATABASE_DSN", valueFrom: { secretKeyRef: { name: "login", key: "dsn" } } };
const says = (text: string) => [said("web-0", text)];
const claim = { persistentVolumeClaim: { claimName: "files" } };
const readOnlyClaim = { persistentVolumeClaim: { claimName: "files", readOnly: true } };
const script = (name: string) => ({
  command: [`/scripts/${name}`],
  volumeMounts: [{ name: "etc", mountPath: "/scripts" }],
});
const ofSettings = { configMap: { name: "settings", defaultMode: 0o755 } };
const READ_ONLY = says("touch: /data/x: Read-only file system");
const FORMAT = says("exec /scripts/run.sh: exec format error");
const NO_FILE = (name: string) => says(`exec /scripts/${name}: no such file or directory`);
const denied = (mode: number) =>
  app("web", {
    ready: false,
    spec: {
      containers: [{ name: "main", image: "app:1", ...script("run.sh") }],
      volumes: [{ name: "etc", configMap: { name: "settings", defaultMode: mode } }],
    },
    status: {
      restartCount: 4,
      state: waiting("CrashLoopBackOff"),
      lastState: ended(128, { reason: "StartError", message: 'exec: "/scripts/run.sh": permission denied: unknown' }),
    },
  });
const unsplit = (command: string) =>
  app("web", {
    ready: false,
    container: { command: [command] },
    status: {
      restartCount: 4,
      state: waiting("CrashLoopBackOff"),
      lastState: ended(128, {
        reason: "StartError",
        message: `exec: "${command}": executable file not found in $PATH`,
      }),
    },
  });

interface Case {
  readonly name: string;
  readonly given: readonly SnapshotObject[];
  readonly logs?: readonly PodLog[];
  readonly cause: RegExp;
  readonly decide: RegExp;
}

const FAULTS: readonly Case[] = [
  {
    name: "a line of a ConfigMap's file that the program refuses",
    given: [...mounted(ofSettings), settings],
    logs: says("fatal: /data/app.conf: workers: not a number"),
    cause: /; \/data\/app\.conf is app\.conf of ConfigMap settings \(volume etc\)$/,
    decide: /^correct app\.conf of ConfigMap settings/,
  },
  {
    name: "a variable of a ConfigMap that the program refuses",
    given: [...crashing({ envFrom: [{ configMapRef: { name: "limits" } }] }), limits],
    logs: says("FATAL: WORKERS must be at least 1"),
    cause: /; WORKERS is key WORKERS of ConfigMap limits$/,
    decide: /^correct key WORKERS of ConfigMap limits/,
  },
  {
    name: "a variable of a Secret's key",
    given: [...crashing({ env: [fromSecret] }), object("Secret", "login", { data: { dsn: "" } })],
    logs: says("FATAL: cannot parse DATABASE_DSN"),
    cause:
      /; DATABASE_DSN is key dsn of Secret login \(spec\.template\.spec\.containers\[main\]\.env\[DATABASE_DSN\]\)$/,
    decide: /^correct key dsn of Secret login/,
  },
  {
    name: "a script of a ConfigMap without an interpreter",
    given: [...crashing(script("run.sh"), ofSettings), settings],
    logs: FORMAT,
    cause: /the script run\.sh of ConfigMap settings, and its first line is no #! line/,
    decide: /^begin run\.sh of ConfigMap settings with #! and a shell of the image/,
  },
  {
    name: "a script with line breaks of Windows",
    given: [...crashing(script("dos.sh"), ofSettings), settings],
    logs: NO_FILE("dos.sh"),
    cause: /the script dos\.sh of ConfigMap settings, and its first line ends with a carriage return/,
    decide: /^write dos\.sh of ConfigMap settings with line breaks of Unix/,
  },
  {
    name: "a script whose interpreter the image does not have",
    given: [...crashing(script("run.sh"), ofSettings), settings],
    logs: NO_FILE("run.sh"),
    cause: /its first line is no #! line with a program that the image has$/,
    decide: /^begin run\.sh of ConfigMap settings with #!/,
  },
  {
    name: "a script that may not be executed",
    given: [...denied(0o644), settings],
    cause:
      /its command \/scripts\/run\.sh may not be executed: it is key run\.sh of ConfigMap settings, and spec.*volumes\[etc\]\.configMap gives its files the mode 0644/,
    decide: /^set the defaultMode of volume etc to 0755/,
  },
  {
    name: "a program of the image that cannot be executed",
    given: crashing({ command: ["/bin/app"] }),
    logs: says("exec /bin/app: exec format error"),
    cause: /image app:1 is not built for the node's architecture$/,
    decide: /^use an image built for it/,
  },
  {
    name: "words behind the one that the shell runs",
    given: crashing({ command: ["sh", "-c"], args: ["echo", "starting;", "exec serve -p 80"] }),
    cause: /; sh -c runs the one element after it: the 2 behind that one \(.*containers\[main\]\.args\) are/,
    decide: /as one element of spec\.template\.spec\.containers\[main\]\.args$/,
  },
  {
    name: "flags behind the script",
    given: crashing({ command: ["/bin/bash", "-ec", "exec serve", "--port", "80"] }),
    cause: /the 2 behind that one \(spec\.template\.spec\.containers\[main\]\.command\)/,
    decide: /as one element/,
  },
  {
    name: "a claim that its mount makes read-only",
    given: mounted(claim, { readOnly: true }),
    logs: READ_ONLY,
    cause: /containers\[main\]\.volumeMounts\[\/data\]\.readOnly is true$/,
    decide: /^remove spec.*volumeMounts\[\/data\]\.readOnly, or/,
  },
  {
    name: "a claim that its volume makes read-only",
    given: mounted(readOnlyClaim),
    logs: says("sqlite: attempt to write: read-only filesystem"),
    cause: /spec\.template\.spec\.volumes\[etc\]\.persistentVolumeClaim\.readOnly is true$/,
    decide: /^remove spec.*persistentVolumeClaim\.readOnly/,
  },
  {
    name: "a claim that is read-only by no field of the pod",
    given: mounted(claim),
    logs: READ_ONLY,
    cause: /; volume etc is read-only by what provides it$/,
    decide: /^write \/data\/x to a writable volume/,
  },
  {
    name: "a program that writes into its ConfigMap",
    given: [...mounted(ofSettings), settings],
    logs: READ_ONLY,
    cause: /; volume etc is of kind configMap, which is always read-only$/,
    decide: /^write \/data\/x to a writable volume/,
  },
  {
    name: "a low port that a user may not listen on, told by a ConfigMap",
    given: [
      ...crashing({ securityContext: { runAsUser: 1000 }, envFrom: [{ configMapRef: { name: "listeners" } }] }),
      object("ConfigMap", "listeners", { data: { HTTP_PORT: "80", RETRIES: "80" } }),
    ],
    logs: says("2026/03/01 11:58:00 listen tcp :80: bind: permission denied"),
    cause:
      /; it may not listen on port 80 \(key HTTP_PORT of ConfigMap listeners\): one below 1024 takes capability NET_BIND_SERVICE, and it runs as user 1000 \(spec\.template\.spec\.containers\[main\]\.securityContext\.runAsUser\)$/,
    decide:
      /^let it listen on a port from 1024 on \(key HTTP_PORT of ConfigMap listeners\), .* or set sysctl net\.ipv4\.ip_unprivileged_port_start to 80 in spec\.template\.spec\.securityContext\.sysctls/,
  },
  {
    name: "a low port of a root that has lost the right to it",
    given: crashing({ securityContext: { capabilities: { drop: ["ALL"] } }, args: ["--listen=0.0.0.0:443"] }),
    logs: says("nginx: [emerg] bind() to 0.0.0.0:443 failed (13: Permission denied)"),
    cause:
      /may not listen on port 443 \(spec\.template\.spec\.containers\[main\]\.args\): .*\.securityContext\.capabilities\.drop takes it away, even from root$/,
    decide: /^add NET_BIND_SERVICE to spec\.template\.spec\.containers\[main\]\.securityContext\.capabilities\.add, or/,
  },
  {
    name: "a low port by its declaration alone",
    given: crashing({ ports: [{ containerPort: 80 }, { containerPort: 9000 }] }),
    logs: says("httpd: bind: Permission denied"),
    cause: /may not listen on port 80: .*, and it runs as its image's user$/,
    decide: /^let it listen on a port from 1024 on, and lead/,
  },
  {
    name: "a command line in one element",
    given: unsplit("serve --port 80"),
    cause: /the first element of .*containers\[main\]\.command is a whole command line \("serve --port 80"\)/,
    decide: /^split the first element of/,
  },
];

test.each(FAULTS)("$name", ({ given, logs = [], cause, decide }) => {
  const findings = found(given, logs);
  expect(findings.map(({ subject }) => `${subject.kind}/${subject.name}`)).toEqual(["Deployment/web"]);
  expect(findings[0]?.cause).toMatch(cause);
  expect(findings[0]?.fix).toMatchObject({ kind: "decision", summary: expect.stringMatching(decide) });
});

/** The same crash, where the spec holds nothing against it: the cause is the end alone. */
const SILENT: readonly (readonly [string, readonly SnapshotObject[], readonly PodLog[], RegExp])[] = [
  [
    "a script that takes its parameters",
    crashing({ command: ["sh", "-c", 'serve "$@"', "serve", "--port"] }),
    [],
    /are its/,
  ],
  ["a name for the script", crashing({ command: ["sh", "-c", "exec serve now", "serve"] }), [], /are its/],
  ["an end of options", crashing({ command: ["sh", "-c", "exec serve now", "--"] }), [], /are its/],
  ["a program that is no shell", crashing({ command: ["serve", "-c", "app", "--port 80"] }), [], /are its/],
  ["a file beside the mount", [...mounted(ofSettings), settings], says("fatal: /datas/app.conf: bad"), /ConfigMap/],
  [
    "a file that the ConfigMap lacks",
    [...mounted(ofSettings), settings],
    says("fatal: /data/b.conf: bad"),
    /ConfigMap/,
  ],
  ["a mode that lets it execute", [...denied(0o755), settings], [], /gives the mode/],
  [
    "two variables, either of which may be wrong",
    [...crashing({ envFrom: [{ configMapRef: { name: "limits" } }] }), limits],
    says("FATAL: WORKERS and QUEUE disagree"),
    /is key/,
  ],
  ["a word that is no variable of it", crashing({ env: [fromSecret] }), says("FATAL: WORKERS must be 1"), /WORKERS is/],
  ["a command of one word", unsplit("serve"), [], /command line/],
  ["a port that anyone may have", crashing({}), says("bind: 0.0.0.0:8080: permission denied"), /NET_BIND_SERVICE/],
  [
    "a socket of files",
    crashing({ ports: [{ containerPort: 80 }] }),
    says("bind: /run/a.sock: permission denied"),
    /NET_B/,
  ],
  [
    "a permission of a database",
    crashing({ securityContext: { runAsUser: 1000 } }),
    says("FATAL: permission denied for schema public"),
    /securityContext/,
  ],
  [
    "a permission of an API",
    crashing({ securityContext: { capabilities: { drop: ["ALL"] } } }),
    says("fatal: rpc error: code = PermissionDenied desc = permission denied"),
    /securityContext/,
  ],
];

test.each(SILENT)("nothing of it: %s", (_, given, logs, words) => {
  expect(found(given, logs).filter(({ cause }) => words.test(cause))).toEqual([]);
});

const [DATA, DATABASE] = [
  { name: "small", mountPath: "/data" },
  { name: "big", mountPath: "/database" },
];

test.each([
  ["is full, of two whose paths begin alike", "write /database/wal: no space left on device", /volume big is full$/],
  ["is full, when no mount covers the path", "write /datastore/x: no space left on device", /its file system is full$/],
])("the volume that %s", (_, line, cause) => {
  expect(found(crashing({ volumeMounts: [DATA, DATABASE] }), says(line))).toMatchObject([
    { cause: expect.stringMatching(cause) },
  ]);
});

const OF_GO = "x509: certificate has expired or is not yet valid: current time 2026-03-01T12:00:00Z is";

test.each([
  ["has expired", `${OF_GO} after 2026-02-01T00:00:00Z`],
  ["has expired", "Error: CERT_HAS_EXPIRED"],
  ["is not valid yet", `${OF_GO} before 2026-04-01T00:00:00Z`],
  ["is not valid yet", "Error: certificate is not yet valid"],
])("a certificate %s: %s", (dates, line) => {
  const [finding] = found(crashing({}), says(`fatal: ${line}`));
  expect(finding?.cause).toContain(`; a certificate that it uses ${dates}`);
});

test("a file below a mount of its own is not hidden by a volume around it", () => {
  const spec = {
    volumeMounts: [
      { name: "etc", mountPath: "/app" },
      { name: "code", mountPath: "/app/plugins" },
    ],
  };
  const [finding] = found(
    crashing(spec, { emptyDir: {} }),
    says("fatal: /app/plugins/a.so: no such file or directory"),
  );
  expect(finding?.cause).not.toMatch(/hides/);
});
