export const PROBES = ["readinessProbe", "livenessProbe", "startupProbe"] as const;
export type ProbeName = (typeof PROBES)[number];

/** The handlers of a probe that ask a port. */
export const ASKING_HANDLERS = ["httpGet", "tcpSocket", "grpc"] as const;
