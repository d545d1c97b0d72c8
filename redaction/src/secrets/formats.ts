import { findPrefixed, type PrefixedPattern, type SecretMatch } from "./match.ts";

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

/**
 * Credentials that are recognised by their own form. The look-behinds keep a pattern from starting again inside a run
 * that it already scanned: that is what makes a megabyte of `eyJeyJ…` harmless.
 */
const FORMATS: readonly PrefixedPattern[] = [
  { kind: "jwt", pattern: /(?<![A-Za-z0-9_-])()(eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,3})/g },
  { kind: "aws-key", pattern: /(?<![A-Z0-9])()((?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16})(?![A-Z0-9])/g },
  {
    kind: "aws-secret",
    pattern: /(?<![A-Za-z0-9/+_=.-])()([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+_=.-])/g,
    // Exactly 40 characters is also the length of a commit and, now and then, of a path.
    accept: (secret) => count(secret, /[A-Z]/g) >= 8 && count(secret, /[a-z]/g) >= 8 && /\d/.test(secret),
  },
  {
    kind: "gcp-key",
    pattern: /(?<![A-Za-z0-9_-])()(AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,})/g,
  },
  {
    kind: "git-token",
    pattern:
      /(?<![A-Za-z0-9])()(gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{22,}|gl[a-z]{2,5}-[A-Za-z0-9_-]{20,})/g,
    accept: (secret) => !secret.startsWith("gl") || /[A-Z]/.test(secret),
  },
  {
    kind: "slack-token",
    pattern: /(?<![A-Za-z0-9])()(xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,})/g,
  },
  { kind: "webhook", pattern: /(hooks\.slack\.com\/(?:services|workflows)\/)([A-Za-z0-9/_-]{12,200})/g },
  {
    kind: "stripe-key",
    pattern: /(?<![A-Za-z0-9])()([prs]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{16,})/g,
  },
  {
    kind: "api-key",
    pattern:
      /(?<![A-Za-z0-9])()(sk-[A-Za-z0-9_-]{20,}|npm_[A-Za-z0-9]{30,}|hf_[A-Za-z0-9]{30,}|dckr_pat_[A-Za-z0-9_-]{20,}|pypi-[A-Za-z0-9_-]{50,}|SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,64}|hv[sbr]\.[A-Za-z0-9_-]{20,})/g,
    // Kubernetes names may begin with `sk-`; keys carry capitals.
    accept: (secret) => /[A-Z]/.test(secret),
  },
  { kind: "azure-key", pattern: /(?<![A-Za-z0-9_~.-])()([A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34})/g },
  { kind: "signature", pattern: /([?&](?:sig|X-Amz-Signature|X-Goog-Signature)=)([A-Za-z0-9%+/=_-]{16,1024})/gi },
  { kind: "url-password", pattern: /(:\/\/[^\s/@:"'<>]{0,256}:)([^\s/"'<>]{1,256})(?=@)/g },
];

/** Credentials with a form of their own: tokens of known issuers, passwords in URLs, signatures in query strings. */
export function findFormats(text: string): SecretMatch[] {
  return FORMATS.flatMap((format) => findPrefixed(text, format));
}
