import type { Answer } from '../../api/client.ts';

export type CallView = Answer<'GET /api/v1/calls/{id}'>;
export type CallState = CallView['state'];
export type CallRequestView = Answer<'GET /api/v1/call-requests/{id}'>;
export type RequestState = CallRequestView['state'];

export const callTones: Readonly<Record<CallState, string>> = { draft: '', open: 'good', closed: '', cancelled: 'bad' };
export const requestTones: Readonly<Record<RequestState, string>> = {
  sent: 'wait',
  answered: 'good',
  declined: '',
  lapsed: 'bad',
  void: '',
};

export const callPath = (id: string): string => `/calls/${encodeURIComponent(id)}`;
export const requestPath = (id: string): string => `/call-requests/${encodeURIComponent(id)}`;
