import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MCP_AUDIENCE } from "@sre-agent/crds";
import { SERVICE_ACCOUNTS, SYSTEM_NAMESPACE } from "@sre-agent/deploy";
import type { Playground } from "./playground.ts";
import { freePort, type Process, startProcess, untilReady } from "./process.ts";

const PARTS = ["mcp-read", "mcp-act", "agent", "operator"] as const;
type Part = (typeof PARTS)[number];

/** The four processes of an installation, each under its own identity, on this machine. */
export interface Stack {
  /** SIGKILL, as a node that dies does. */
  kill(part: Part): Promise<void>;
  /** The same part again, with the same settings. */
  restart(part: Part): Promise<void>;
  log(part: Part): string;
  /** The act server's audit chain, one record a line; gone when the stack is stopped. */
  readonly auditFile: string;
  stop(): Promise<void>;
}

export interface StackOptions {
  readonly playground: Playground;
  /** Arguments of Node that run this program: its script. */
  readonly program: readonly string[];
  /** PATH and the like for the processes; no credential of the person who runs the demo. */
  readonly path: string;
  readonly logLevel: string;
  readonly onLine?: (part: Part, line: string) => void;
  readonly signal: AbortSignal;
}

interface Settings {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Starts the four parts and waits until each is ready. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const folder = await mkdtemp(join(tmpdir(), "sre-agent-stack-"));
  const ports = Object.fromEntries(await Promise.all(PARTS.map(async (part) => [part, await freePort()]))) as Ports;
  const settings = await settingsOf(options, folder, ports);
  const running = new Map<Part, Process>();

  async function start(part: Part): Promise<void> {
    const { args, environment } = settings[part];
    const process = startProcess({
      name: part,
      args: [...options.program, ...args],
      environment: {
        PATH: options.path,
        LOG_LEVEL: options.logLevel,
        HOST: "127.0.0.1",
        PORT: String(ports[part]),
        ...environment,
      },
      ...(options.onLine === undefined ? {} : { onLine: (line: string) => options.onLine?.(part, line) }),
    });
    running.set(part, process);
    await untilReady(process, `http://127.0.0.1:${ports[part]}`, options.signal);
  }

  async function stop(): Promise<void> {
    await Promise.all([...running.values()].map((process) => process.stop()));
    await rm(folder, { recursive: true, force: true });
  }

  try {
    await Promise.all(PARTS.map(start));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    kill: async (part) => running.get(part)?.kill(),
    restart: start,
    log: (part) => running.get(part)?.log() ?? "",
    auditFile: settings["mcp-act"].environment["AUDIT_FILE"] ?? "",
    stop,
  };
}

type Ports = Readonly<Record<Part, number>>;

async function settingsOf({ playground }: StackOptions, folder: string, ports: Ports): Promise<Record<Part, Settings>> {
  const url = (part: Part) => `http://127.0.0.1:${ports[part]}`;
  const secret = await secretFile(folder, "agent-secret", randomBytes(32).toString("hex"));
  const token = await secretFile(folder, "mcp-token", await playground.tokenOf(SERVICE_ACCOUNTS.agent, MCP_AUDIENCE));
  return {
    "mcp-read": {
      args: ["mcp", "--http", "--role", "read"],
      environment: { KUBECONFIG: await playground.kubeconfigOf(SERVICE_ACCOUNTS.read) },
    },
    "mcp-act": {
      args: ["mcp", "--http", "--role", "act"],
      environment: {
        KUBECONFIG: await playground.kubeconfigOf(SERVICE_ACCOUNTS.act),
        AUDIT_FILE: join(folder, "audit.jsonl"),
        SYSTEM_NAMESPACE,
        POD_NAME: `demo-act-${playground.namespace}`,
      },
    },
    agent: {
      args: ["agent"],
      environment: {
        AGENT_SECRET_FILE: secret,
        MCP_READ_URL: `${url("mcp-read")}/mcp`,
        MCP_ACT_URL: `${url("mcp-act")}/mcp`,
        MCP_TOKEN_FILE: token,
        MODEL_BACKEND: "rules",
      },
    },
    operator: {
      args: ["operator"],
      environment: {
        KUBECONFIG: await playground.kubeconfigOf(SERVICE_ACCOUNTS.operator),
        AGENT_URL: url("agent"),
        AGENT_SECRET_FILE: secret,
        WATCH_NAMESPACES: playground.namespace,
        SYSTEM_NAMESPACE,
        POD_NAME: `demo-operator-${playground.namespace}`,
      },
    },
  };
}

async function secretFile(folder: string, name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text, { mode: 0o600 });
  return path;
}
