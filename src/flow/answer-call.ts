import type { Principal } from '../domain/user.ts';
import type { Ports } from '../ports/ports.ts';
import { answerableRequest, answerCallWith, type CallRequestView } from '../steps/calls/call-requests.ts';
import { createEntry } from '../steps/intake/entries.ts';

/** An achievement that is there already, or what a new one says. */
export type CallAnswerInput = { readonly achievementId: string } | { readonly content: unknown };

/**
 * Answers a call. A new achievement is entered as a draft that names the call, in one write: whoever dies after it has
 * answered all the same, since the feed links what names a call. `newId` makes a repeated request find what the first made.
 */
export async function answerCall(
  ports: Ports,
  principal: Principal,
  requestId: string,
  answer: CallAnswerInput,
  newId: string,
): Promise<CallRequestView> {
  if ('achievementId' in answer) return answerCallWith(ports, principal, requestId, answer.achievementId);
  const { callId, organisationId } = await answerableRequest(ports, principal, requestId);
  const draft = await createEntry(ports, principal, 'achievement', answer.content, {
    id: newId,
    organisationId,
    callId,
  });
  return answerCallWith(ports, principal, requestId, draft.id);
}
