// Who asks, and whether they may: Basic authentication against the broker's users, RabbitMQ's tags, permissions on
// virtual hosts. Texts and status codes are RabbitMQ's.

import type { IncomingMessage } from 'node:http';
import { isLoopback } from '../../net/address.ts';
import type { Access } from '../access/access.ts';
import type { User } from '../access/user.ts';
import { askForLogin, HttpError, loginFailed, notAuthorised } from './http-error.ts';
import type { Audience, Found } from './route.ts';

/** Somebody who has logged in. */
export interface Who {
  readonly name: string;
  readonly password: string;
  readonly tags: readonly string[];
}

/** For what needs no login. */
export const NOBODY: Who = { name: '', password: '', tags: [] };

/** What authorization asks of the broker. */
export interface Authority {
  readonly access: Access;
  readonly vhosts: ReadonlyMap<string, unknown>;
}

interface Credentials {
  readonly name: string;
  readonly password: string;
}

/** Any of these lets a user in. */
const MANAGEMENT_TAGS = ['administrator', 'monitoring', 'policymaker', 'management'];

function isAdministrator({ tags }: Who): boolean {
  return tags.includes('administrator');
}

/** May see what others do. */
export function isMonitor({ tags }: Who): boolean {
  return tags.includes('administrator') || tags.includes('monitoring');
}

function isPolicymaker({ tags }: Who): boolean {
  return tags.includes('administrator') || tags.includes('policymaker');
}

/** Throws HttpError 400 for a header that is none, 401 for everybody who is not let in. */
export function authorize(authority: Authority, message: IncomingMessage, { route, parameters }: Found): Who {
  if (route.audience === 'anyone') return NOBODY;
  const who = logIn(authority.access, credentialsOf(message), message.socket.remoteAddress ?? '');
  const refusal = refusalOf(authority, who, route.audience, parameters['vhost']);
  if (refusal !== undefined) throw notAuthorised(refusal);
  return who;
}

/** Who a request says it comes from, for the log. */
export function claimedName(message: IncomingMessage): string | undefined {
  try {
    return credentialsOf(message).name;
  } catch {
    return undefined;
  }
}

/** Throws HttpError 401. `address` is where the user comes from. */
export function logIn(access: Access, { name, password }: Credentials, address: string): Who {
  const user: User | undefined = access.authenticate(name, password).user;
  if (!user) throw loginFailed();
  if (access.isLoopbackOnly(name) && !isLoopback(address)) {
    throw notAuthorised('User can only log in via localhost');
  }
  if (!user.tags.some((tag) => MANAGEMENT_TAGS.includes(tag))) throw notAuthorised('Not management user');
  return { name, password, tags: user.tags };
}

function credentialsOf({ headers: { authorization } }: IncomingMessage): Credentials {
  if (authorization === undefined) throw askForLogin();
  const [, encoded] = /^basic +(\S+)$/i.exec(authorization.trim()) ?? [];
  if (encoded === undefined) throw new HttpError(400);
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  if (colon < 0) throw new HttpError(400);
  return { name: text.slice(0, colon), password: text.slice(colon + 1) };
}

const NO_ADMINISTRATOR = 'Not administrator user';
const NO_VHOST_ACCESS = 'User not authorised to access virtual host';
const NO_OBJECT_ACCESS = 'User not authorised to access object';

/** Why not, or undefined. `vhost` is the one in the path; one that does not exist is found out later. */
function refusalOf(authority: Authority, who: Who, audience: Audience, vhost: string | undefined): string | undefined {
  const inVhost = (names: readonly string[]): boolean =>
    vhost === undefined || !authority.vhosts.has(vhost) || names.includes(vhost);
  switch (audience) {
    case 'administrator':
      return isAdministrator(who) ? undefined : NO_ADMINISTRATOR;
    case 'monitor':
      return isMonitor(who) ? undefined : 'Not monitor user';
    case 'policymaker':
      return isPolicymaker(who) ? undefined : NO_OBJECT_ACCESS;
    case 'policies':
      if (isAdministrator(who)) return undefined;
      return isPolicymaker(who) && inVhost(ownVhosts(authority, who)) ? undefined : NO_OBJECT_ACCESS;
    case 'vhost':
      return isAdministrator(who) || inVhost(ownVhosts(authority, who)) ? undefined : NO_VHOST_ACCESS;
    case 'visible-vhost':
      return isAdministrator(who) || inVhost(visibleVhosts(authority, who)) ? undefined : NO_VHOST_ACCESS;
    default:
      return undefined;
  }
}

/** The virtual hosts that the user has permissions on. */
function ownVhosts({ access, vhosts }: Authority, who: Who): readonly string[] {
  return [...vhosts.keys()].filter((vhost) => access.permissionsOf(who.name, vhost) !== undefined);
}

/** Those that the user may know of: all, for who monitors. */
export function visibleVhosts(authority: Authority, who: Who): readonly string[] {
  return isMonitor(who) ? [...authority.vhosts.keys()] : ownVhosts(authority, who);
}

/** Those whose contents a list shows to the user: all for administrators, else those with permissions. */
export function listedVhosts(authority: Authority, who: Who): readonly string[] {
  return isAdministrator(who) ? [...authority.vhosts.keys()] : ownVhosts(authority, who);
}

/** A monitoring user sees everybody's connections, others their own; only administrators may close another's. */
export function assertOwn(who: Who, owner: string, closing: boolean): void {
  if (who.name === owner || (closing ? isAdministrator(who) : isMonitor(who))) return;
  throw notAuthorised(NO_OBJECT_ACCESS);
}

/** Where others may look and only administrators may change. */
export function assertAdministrator(who: Who): void {
  if (!isAdministrator(who)) throw notAuthorised(NO_ADMINISTRATOR);
}
