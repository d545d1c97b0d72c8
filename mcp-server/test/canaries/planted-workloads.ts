import type { Manifest } from "@sre-agent/sandbox";
import { meta, plant, plantNumber } from "./plant.ts";

export const OLD_ENV = [
  { name: "ENCRYPTION_KEY", value: plantNumber("a number in env that was a key", "59203781") },
  { name: "DATABASE_URL", value: `postgres://app:${plant("env URL of an old revision")}@db.shop.svc:5432/shop` },
  { name: "API_TOKEN", value: plantNumber("a number in env of an old revision", "40118276") },
  { name: "BACKEND_URL", value: `http://api/v1?key=${plant("query of an env URL of an old revision")}` },
  { name: "GREETING", value: plant("plain env of an old revision") },
];

export const SAID = plant("env with a secret's name that the log repeats");
export const NEW_ENV = [
  { name: "DB_PASSWORD", value: plant("env with a secret's name") },
  { name: "API_TOKEN", value: plantNumber("a number in env with a secret's name", "82640517") },
  { name: "ENCRYPTION_KEY", value: plantNumber("a number in env that is a key", "59203718") },
  { name: "GREETING", value: plant("env without a secret's name") },
  { name: "SESSION_SECRET", value: SAID },
  { name: "BACKEND_URL", value: `http://u:${plant("userinfo of an env URL")}@api/${plant("path of an env URL")}` },
  { name: "CACHE_ADDR", value: `${plant("userinfo of an env address")}@cache:6379` },
];

export const web = (env: readonly object[], more: object): Manifest => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: meta("web"),
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "web", image: "localhost/toolbox:1", env, ...more }] },
    },
  },
});

export const RELEASE = web(NEW_ENV, {
  command: ["sh", "-c", `PGPASSWORD=${plant("a command")} exec server`],
  args: [
    "--db-password",
    plant("the argument after a flag"),
    `--token=${plant("an argument")}`,
    `--auth-token=${plantNumber("a number in an argument", "31750864")}`,
  ],
  readinessProbe: {
    exec: { command: ["curl", "-u", `app:${plant("userinfo in the command of a probe")}`, "http://localhost/"] },
  },
  livenessProbe: {
    httpGet: {
      path: "/live",
      port: 8080,
      httpHeaders: [{ name: "Authorization", value: `Basic ${plant("a header of a probe")}` }],
    },
  },
});

export const FROZEN: Manifest = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: meta("frozen"),
  spec: { containers: [{ name: "frozen", image: "app:1" }] },
  status: {
    phase: "Running",
    conditions: [
      {
        type: "Ready",
        status: "False",
        reason: "X",
        message: `token: ${plant("the message of a condition", (core) => `${core}42`)}`,
      },
    ],
    containerStatuses: [
      {
        name: "frozen",
        ready: false,
        restartCount: 9,
        image: "app:1",
        imageID: "",
        state: {
          waiting: {
            reason: "CrashLoopBackOff",
            message: `bad password=${plant("the message of a container status")}`,
          },
        },
        lastState: {
          terminated: {
            exitCode: 1,
            reason: "Error",
            message: `fatal: cannot open redis://:${plant("a termination message")}@cache:6379`,
          },
        },
      },
    ],
  },
};
