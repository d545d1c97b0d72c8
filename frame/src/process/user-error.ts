export interface UserErrorDetails {
  /** One sentence: what the person can do now. */
  readonly nextStep?: string;
  /** 1 when not said. */
  readonly exitCode?: number;
  readonly cause?: unknown;
}

/** An error whose message is meant for a person: one sentence, no stack, and what to do next. */
export class UserError extends Error {
  readonly nextStep: string | undefined;
  readonly exitCode: number;

  constructor(message: string, details: UserErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.name = "UserError";
    this.nextStep = details.nextStep;
    this.exitCode = details.exitCode ?? 1;
  }
}
