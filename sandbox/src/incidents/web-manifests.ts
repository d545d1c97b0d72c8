import type { Manifest } from "../object.ts";

/** The image of the examples: any that has sh and httpd. */
const IMAGE = "localhost/toolbox:1";

const NEEDS_DATABASE =
  'test -n "$DATABASE_URL" || { echo "fatal: DATABASE_URL is not set"; exit 1; }; echo "listening on :8080"; exec httpd -f -p 8080';

interface WebOptions {
  readonly namespace: string;
  readonly name: string;
  readonly image?: string;
  readonly command?: string;
  readonly env?: readonly object[];
  readonly replicas?: number;
  readonly readinessProbe?: object;
  readonly resources?: object;
  readonly volume?: { readonly name: string; readonly mountPath: string; readonly source: object };
}

/** A Deployment, of three pods unless it says otherwise, that serve HTTP on 8080, here and on a real cluster alike. */
export function webDeployment(options: WebOptions): Manifest {
  const { namespace, name } = options;
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace, labels: { app: name } },
    spec: {
      replicas: options.replicas ?? 3,
      progressDeadlineSeconds: 30,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: podSpec(options) },
    },
  };
}

function podSpec(options: WebOptions) {
  const { volume } = options;
  const volumes = volume === undefined ? {} : { volumes: [{ name: volume.name, ...volume.source }] };
  return { containers: [container(options)], ...volumes };
}

function container({ name, image = IMAGE, command = NEEDS_DATABASE, env = [], ...options }: WebOptions) {
  return {
    name,
    image,
    imagePullPolicy: "Never",
    command: ["sh", "-c", command],
    ports: [{ containerPort: 8080 }],
    readinessProbe: options.readinessProbe ?? { tcpSocket: { port: 8080 }, periodSeconds: 1 },
    ...(options.volume === undefined
      ? {}
      : { volumeMounts: [{ name: options.volume.name, mountPath: options.volume.mountPath }] }),
    ...(options.resources === undefined ? {} : { resources: options.resources }),
    ...(env.length === 0 ? {} : { env }),
  };
}

export function webService(namespace: string, name: string): Manifest {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace, labels: { app: name } },
    spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
  };
}
