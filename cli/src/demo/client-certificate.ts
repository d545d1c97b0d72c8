import { generateKeyPairSync, sign } from "node:crypto";
import type { Installer, NewObject, Reader } from "@sre-agent/kube";

/**
 * A client certificate from the cluster's own signer: a person's credential, as admission policies see one. PKCS#10 by
 * hand, since Node signs but writes no requests: RFC 2986, with the subject's common name alone.
 */

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const ATTRIBUTES = 0xa0;

const COMMON_NAME = Buffer.from([0x55, 0x04, 0x03]);
const ECDSA_WITH_SHA256 = Buffer.from([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]);

function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const body = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), derLength(body.length), body]);
}

function derLength(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes = length < 0x100 ? [length] : [length >> 8, length & 0xff];
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

/** A PKCS#10 request for `user` and its new P-256 key, both PEM. */
function certificateRequest(user: string): { readonly request: string; readonly key: string } {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = der(
    SEQUENCE,
    der(SET, der(SEQUENCE, der(OBJECT_IDENTIFIER, COMMON_NAME), der(UTF8_STRING, Buffer.from(user)))),
  );
  const spki = publicKey.export({ type: "spki", format: "der" });
  const info = der(SEQUENCE, der(INTEGER, Buffer.from([0])), name, spki, der(ATTRIBUTES));
  const signature = der(BIT_STRING, Buffer.from([0]), sign("sha256", info, { key: privateKey, dsaEncoding: "der" }));
  const request = der(SEQUENCE, info, der(SEQUENCE, der(OBJECT_IDENTIFIER, ECDSA_WITH_SHA256)), signature);
  const lines = request.toString("base64").match(/.{1,64}/g) ?? [];
  return {
    request: `-----BEGIN CERTIFICATE REQUEST-----\n${lines.join("\n")}\n-----END CERTIFICATE REQUEST-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

const CSR = { apiVersion: "certificates.k8s.io/v1", kind: "CertificateSigningRequest" } as const;
const POLL_MS = 100;
const SIGNED_WITHIN_MS = 20_000;

export interface SignerAccess {
  readonly installer: Installer;
  readonly reader: Reader;
}

/** Has the cluster sign a certificate for `user`. @throws Error when it is not signed in time. */
export async function signedCertificate(
  access: SignerAccess,
  user: string,
): Promise<{ readonly certificate: string; readonly key: string }> {
  const { request, key } = certificateRequest(user);
  const name = `sre-agent-demo-${user}-${Date.now()}`;
  await access.installer.apply(signingRequest(name, request));
  await access.installer.apply(approval(name), { subresource: "approval" });
  const deadline = Date.now() + SIGNED_WITHIN_MS;
  while (Date.now() < deadline) {
    const { status } = (await access.reader.get({ ...CSR, name })) as {
      readonly status?: { readonly certificate?: string };
    };
    if (status?.certificate !== undefined)
      return { certificate: Buffer.from(status.certificate, "base64").toString(), key };
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`the cluster's signer did not sign a certificate for ${user} within ${SIGNED_WITHIN_MS / 1000} s`);
}

function signingRequest(name: string, request: string): NewObject {
  return {
    ...CSR,
    metadata: { name },
    spec: {
      request: Buffer.from(request).toString("base64"),
      signerName: "kubernetes.io/kube-apiserver-client",
      expirationSeconds: 3600,
      usages: ["client auth"],
    },
  };
}

/** What `kubectl certificate approve` writes. */
function approval(name: string): NewObject {
  const condition = { type: "Approved", status: "True", reason: "Demo", message: "The approver of the demo." };
  return { ...CSR, metadata: { name }, status: { conditions: [condition] } };
}
