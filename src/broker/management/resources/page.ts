// The management page and what it is made of.

import { PAGE_HTML } from '../page/html.ts';
import { PAGE_SCRIPT } from '../page/script.ts';
import { PAGE_STYLE } from '../page/style.ts';
import type { Reply, Route } from '../route.ts';

export const PAGE_ROUTES: readonly Route[] = [
  { path: '/', audience: 'anyone', get: () => file('text/html', PAGE_HTML) },
  { path: '/page.css', audience: 'anyone', get: () => file('text/css', PAGE_STYLE) },
  { path: '/page.js', audience: 'anyone', get: () => file('text/javascript', PAGE_SCRIPT) },
];

function file(type: string, body: string): Reply {
  return { status: 200, contentType: `${type}; charset=utf-8`, body };
}
