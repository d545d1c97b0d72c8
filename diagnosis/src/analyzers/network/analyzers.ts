import type { Analyzer } from "../../analyzer.ts";
import { CONFIGURATION_KINDS, NETWORK_KINDS, NODE_KINDS, SCALING_KINDS, WORKLOAD_KINDS } from "../../needed-kinds.ts";
import { absentMember } from "./absent-member.ts";
import { clientAddress } from "./client-address.ts";
import { crossedPorts } from "./crossed-ports.ts";
import { dns } from "./dns.ts";
import { headlessService } from "./headless-service.ts";
import { ingressBackend } from "./ingress-backend.ts";
import { ingressClass } from "./ingress-class.ts";
import { ingressConflict } from "./ingress-conflict.ts";
import { ingressTls } from "./ingress-tls.ts";
import { memberName } from "./member-name.ts";
import { networkPolicy } from "./network-policy.ts";
import { serviceKind } from "./service-kind.ts";
import { servicePort } from "./service-port.ts";
import { serviceScaled } from "./service-scaled.ts";
import { serviceSelector } from "./service-selector.ts";
import { serviceSpread } from "./service-spread.ts";
import { serviceUnready } from "./service-unready.ts";
import { subdomain } from "./subdomain.ts";
import { unevenPort } from "./uneven-port.ts";

const KINDS = [...WORKLOAD_KINDS, ...NETWORK_KINDS, ...CONFIGURATION_KINDS, ...NODE_KINDS, ...SCALING_KINDS];

/** What keeps a client from reaching a pod. */
export const NETWORK: readonly Analyzer[] = [
  { name: "service-selector", kinds: KINDS, find: serviceSelector },
  { name: "service-port", kinds: KINDS, find: servicePort },
  { name: "crossed-ports", kinds: KINDS, find: crossedPorts },
  { name: "uneven-port", kinds: KINDS, find: unevenPort },
  { name: "service-scaled", kinds: KINDS, find: serviceScaled },
  { name: "service-unready", kinds: KINDS, find: serviceUnready },
  { name: "service-kind", kinds: KINDS, find: serviceKind },
  { name: "service-spread", kinds: KINDS, find: serviceSpread },
  { name: "headless-service", kinds: KINDS, find: headlessService },
  { name: "subdomain", kinds: KINDS, find: subdomain },
  { name: "client-address", kinds: KINDS, find: clientAddress },
  { name: "absent-member", kinds: KINDS, find: absentMember },
  { name: "member-name", kinds: KINDS, find: memberName },
  { name: "ingress-class", kinds: KINDS, find: ingressClass },
  { name: "ingress-backend", kinds: KINDS, find: ingressBackend },
  { name: "ingress-conflict", kinds: KINDS, find: ingressConflict },
  { name: "ingress-tls", kinds: KINDS, find: ingressTls },
  { name: "network-policy", kinds: KINDS, find: networkPolicy },
  { name: "dns", kinds: KINDS, find: dns },
];
