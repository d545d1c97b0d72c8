/** What a person did with a question. */
export type Answer = "accept" | "decline" | "cancel";

/** Asks the person behind the client and waits for the answer. Never rejects. */
export type Elicit = (question: { readonly message: string }) => Promise<Answer>;

/** What a call has come to: its reply, or a question with the state by which the call goes on. */
export type Turn<Reply> =
  | { readonly reply: Reply }
  | { readonly question: { readonly message: string; readonly state: string } };

export interface Conversations<Reply> {
  begin(callKey: string, run: (elicit: Elicit) => Promise<Reply>): Promise<Turn<Reply>>;
  /** undefined when no call waits under this state, or a call with other arguments does. A state holds once. */
  resume(state: string, callKey: string, answer: Answer): Promise<Turn<Reply>> | undefined;
}

interface ConversationOptions {
  readonly now: () => number;
  /** A question without an answer for longer counts as cancelled. */
  readonly ttlMs: number;
  /** Above it the oldest question counts as cancelled. */
  readonly maxWaiting: number;
}

interface Waiting<Reply> {
  readonly callKey: string;
  readonly askedAt: number;
  answer(answer: Answer): Promise<Turn<Reply>>;
}

/**
 * Calls that wait for a person. In the 2026 era a question ends the request and its answer comes with another one, so
 * the handler stays suspended here meanwhile: it runs once, and a replayed or invented state finds nothing to go on with.
 */
export function createConversations<Reply>(options: ConversationOptions): Conversations<Reply> {
  const waiting = new Map<string, Waiting<Reply>>();

  function makeRoom(): void {
    const { now, ttlMs, maxWaiting } = options;
    for (const [state, { askedAt, answer }] of waiting) {
      if (waiting.size < maxWaiting && now() - askedAt <= ttlMs) return;
      waiting.delete(state);
      void answer("cancel").catch(() => undefined);
    }
  }

  return {
    begin(callKey, run) {
      makeRoom();
      let question = Promise.withResolvers<Turn<Reply>>();
      const turn = () => Promise.race([replied, question.promise]);
      const elicit: Elicit = ({ message }) => {
        const state = crypto.randomUUID();
        const { promise, resolve } = Promise.withResolvers<Answer>();
        const answer = (given: Answer) => {
          question = Promise.withResolvers();
          resolve(given);
          return turn();
        };
        waiting.set(state, { callKey, askedAt: options.now(), answer });
        question.resolve({ question: { message, state } });
        return promise;
      };
      const replied = run(elicit).then((reply): Turn<Reply> => ({ reply }));
      return turn();
    },

    resume(state, callKey, answer) {
      const call = waiting.get(state);
      if (call === undefined || call.callKey !== callKey) return undefined;
      waiting.delete(state);
      if (options.now() - call.askedAt > options.ttlMs) {
        void call.answer("cancel").catch(() => undefined);
        return undefined;
      }
      return call.answer(answer);
    },
  };
}
