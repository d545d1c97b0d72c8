import { type Json, numberAt, objectsAt, valueAt } from "./json.ts";

const PROBES = ["readinessProbe", "livenessProbe", "startupProbe"];
const HANDLERS = ["httpGet", "tcpSocket", "grpc"];

/** The port that is meant by its number, or by its name in the container. */
export function portNumber(container: Json, port: unknown): number | undefined {
  if (typeof port !== "string") return typeof port === "number" ? port : undefined;
  const named = objectsAt(container, "ports").find(({ name }) => name === port);
  return numberAt(named, "containerPort");
}

/** The ports that the probes of a container ask. */
export function probedPorts(container: Json): readonly number[] {
  const asked = PROBES.flatMap((probe) => HANDLERS.map((handler) => valueAt(container, probe, handler, "port")));
  return asked.flatMap((port) => portNumber(container, port) ?? []);
}
