import type { Resource } from "./resources/resource.ts";

/** One reason of an invalid object, as in `details.causes` of a Status. */
export interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly Partial<Cause>[];
  readonly retryAfterSeconds?: number;
}

/** A metav1.Status that tells of a failure. */
export interface FailureStatus {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  readonly metadata: object;
  readonly status: "Failure";
  readonly message: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code: number;
}

/** The one error class of this workspace: an answer that is a Status object. */
export class ApiError extends Error {
  readonly body: FailureStatus;

  constructor(code: number, message: string, rest: { reason?: string; details?: StatusDetails } = {}) {
    super(message);
    this.name = "ApiError";
    const { reason, details } = rest;
    this.body = {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message,
      ...(reason === undefined ? {} : { reason }),
      ...(details === undefined ? {} : { details }),
      code,
    };
  }
}

type Named = Pick<Resource, "group" | "plural" | "kind">;

function qualified(group: string, name: string): string {
  return group === "" ? name : `${name}.${group}`;
}

function pluralDetails({ group, plural }: Named, name: string): StatusDetails {
  return { name, ...(group === "" ? {} : { group }), kind: plural };
}

export function notFound(resource: Named, name: string): ApiError {
  const message = `${qualified(resource.group, resource.plural)} "${name}" not found`;
  return new ApiError(404, message, { reason: "NotFound", details: pluralDetails(resource, name) });
}

export function alreadyExists(resource: Named, name: string): ApiError {
  const message = `${qualified(resource.group, resource.plural)} "${name}" already exists`;
  return new ApiError(409, message, { reason: "AlreadyExists", details: pluralDetails(resource, name) });
}

export function modified(resource: Named, name: string): ApiError {
  const what = `${qualified(resource.group, resource.plural)} "${name}"`;
  const message = `Operation cannot be fulfilled on ${what}: the object has been modified; please apply your changes to the latest version and try again`;
  return new ApiError(409, message, { reason: "Conflict", details: pluralDetails(resource, name) });
}

export function preconditionFailed(resource: Named, name: string, why: string): ApiError {
  const message = `Operation cannot be fulfilled on ${resource.kind} "${name}": ${why}`;
  return new ApiError(409, message, { reason: "Conflict", details: { name, kind: resource.kind } });
}

export function invalid(resource: Named, name: string, causes: readonly Cause[]): ApiError {
  const lines = causes.map(({ field, message }) => `${field}: ${message}`);
  const text = lines.length === 1 ? lines[0] : `[${lines.join(", ")}]`;
  const { group, kind } = resource;
  return new ApiError(422, `${qualified(group, kind)} "${name}" is invalid: ${text}`, {
    reason: "Invalid",
    details: { name, ...(group === "" ? {} : { group }), kind, causes },
  });
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, message, { reason: "BadRequest" });
}

export function forbidden(resource: Named, name: string, why: string): ApiError {
  const { group, plural } = resource;
  const what = name === "" ? qualified(group, plural) : `${qualified(group, plural)} "${name}"`;
  return new ApiError(403, `${what} is forbidden: ${why}`, {
    reason: "Forbidden",
    details: { ...(name === "" ? {} : { name }), ...(group === "" ? {} : { group }), kind: plural },
  });
}

export function unauthorized(): ApiError {
  return new ApiError(401, "Unauthorized", { reason: "Unauthorized" });
}

/** What a failed or impossible JSON Patch operation answers: the server says no more than this. */
export function patchRejected(): ApiError {
  return new ApiError(422, "the server rejected our request due to an error in our request", {
    reason: "Invalid",
    details: {},
  });
}

export function expired(message: string): ApiError {
  return new ApiError(410, message, { reason: "Expired" });
}

export function noSuchResource(): ApiError {
  return new ApiError(404, "the server could not find the requested resource", { reason: "NotFound", details: {} });
}

export function methodNotAllowed(): ApiError {
  return new ApiError(405, "the server does not allow this method on the requested resource", {
    reason: "MethodNotAllowed",
    details: {},
  });
}
