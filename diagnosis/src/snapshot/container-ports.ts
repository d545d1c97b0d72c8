import { type Json, numberAt, objectsAt, valueAt } from "./json.ts";
import { ASKING_HANDLERS, PROBES } from "./probes.ts";

/** The port that is meant by its number, or by its name in the container. */
export function portNumber(container: Json, port: unknown): number | undefined {
  if (typeof port !== "string") return typeof port === "number" ? port : undefined;
  const named = objectsAt(container, "ports").find(({ name }) => name === port);
  return numberAt(named, "containerPort");
}

/** The ports that the probes of a container ask. */
export function probedPorts(container: Json): readonly number[] {
  const asked = PROBES.flatMap((probe) => ASKING_HANDLERS.map((handler) => valueAt(container, probe, handler, "port")));
  return asked.flatMap((port) => portNumber(container, port) ?? []);
}
