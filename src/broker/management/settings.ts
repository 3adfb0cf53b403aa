// What is set and cannot be: SettingError and ReplyError of users, permissions, policies and parameters as answers.

import { SettingError } from '../access/setting-error.ts';
import { ReplyError } from '../reply-error.ts';
import { badRequest } from './http-error.ts';

/** Runs a change. Throws HttpError 400 with RabbitMQ's text for what is wrong with it. */
export function setting<Result>(change: () => Result, explain: (text: string) => string = (text) => text): Result {
  try {
    return change();
  } catch (error) {
    if (error instanceof SettingError || error instanceof ReplyError) throw badRequest(explain(error.message));
    throw error;
  }
}

/** RabbitMQ makes policies' complaints safe for its own pages. */
export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
