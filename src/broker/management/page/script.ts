// What the management page does: asks the API every few seconds and shows what it says. It only looks, and changes nothing.
// Invariant: what comes from the broker is set as text, never as markup.

export const PAGE_SCRIPT = String.raw`'use strict';
const PERIOD_MS = 5000;
const MOST_ROWS = 500;
const HISTORY = 60;
const state = { view: '', filter: '', sort: '', reverse: false, vhost: '', open: new Set(), history: {}, timer: 0, turn: 0 };
const byId = (id) => document.getElementById(id);

function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value !== false && value !== undefined && value !== null) element.setAttribute(name, value);
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

async function ask(path) {
  const response = await fetch('api/' + path, { credentials: 'same-origin', headers: { Accept: 'application/json' } });
  if (response.status === 401 || response.status === 403) throw new Error('You may not see this: ' + (await reason(response)));
  if (!response.ok) throw new Error(await reason(response));
  return await response.json();
}

async function reason(response) {
  const body = await response.json().catch(() => ({}));
  return body.reason ? String(body.reason) : response.status + ' ' + response.statusText;
}

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const one = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });
const count = (value) => whole.format(value || 0);
const perSecond = (value) => one.format(value || 0) + '/s';
const rate = (object, name) => ((object && object[name + '_details']) || {}).rate || 0;

function bytes(value) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  let rest = value || 0;
  while (rest >= 1024 && unit < units.length - 1) { rest /= 1024; unit++; }
  return one.format(rest) + ' ' + units[unit];
}

function ago(ms) {
  let seconds = Math.max(0, Math.round(ms / 1000));
  const parts = [['d', 86400], ['h', 3600], ['m', 60], ['s', 1]];
  const shown = [];
  for (const [unit, size] of parts) {
    if (seconds >= size || (unit === 's' && shown.length === 0)) { shown.push(Math.floor(seconds / size) + unit); seconds %= size; }
  }
  return shown.slice(0, 2).join(' ');
}

const shortJson = (value) => Object.entries(value || {}).map(([key, entry]) => key + '=' + (typeof entry === 'string' ? entry : JSON.stringify(entry))).join(' ');
const tag = (text, title, kind) => h('span', { class: 'tag ' + (kind || ''), title: title || '' }, text);
const inVhost = (path) => (state.vhost === '' ? path : path + '/' + encodeURIComponent(state.vhost));

// ---- tables

/* A column: title, key for sorting, cell(row), and whether it is a number. */
const text = (title, key, cell) => ({ title, key, cell: cell || ((row) => String(valueOf(row, key) ?? '')) });
const number = (title, key, cell, kind) => ({ title, key, numeric: true, kind, cell: cell || ((row) => count(valueOf(row, key))) });
const flow = (title, name, stats) => number(title, (stats || 'message_stats') + '.' + name + '_details.rate', (row) => perSecond(rate(row[stats || 'message_stats'] || {}, name)));

function valueOf(row, key) {
  return key.split('.').reduce((value, part) => (value === null || value === undefined ? undefined : value[part]), row);
}

function cellOf(column, row) {
  const content = column.cell(row);
  const zero = column.numeric && /^0(\D|$)/.test(String(content)) ? ' zero' : '';
  return h('td', { class: (column.numeric ? 'number ' : '') + (zero || column.kind || '') }, content);
}

function headOf(column) {
  const sorted = state.sort === column.key;
  const choose = () => {
    state.reverse = sorted ? !state.reverse : Boolean(column.numeric);
    state.sort = column.key;
    refresh();
  };
  return h('th', { class: column.numeric ? 'number' : '', scope: 'col', 'aria-sort': sorted && (state.reverse ? 'descending' : 'ascending') }, h('button', { onclick: choose }, column.title));
}

function table(columns, rows, total, detail) {
  if (rows.length === 0) return h('div', { class: 'panel' }, h('p', { class: 'empty' }, state.filter ? 'Nothing matches.' : 'There are none.'));
  const body = rows.flatMap((row) => {
    const line = h('tr', {}, columns.map((column) => cellOf(column, row)));
    return row.detail ? [line, h('tr', { class: 'detail' }, h('td', { colspan: columns.length }, row.detail))] : [line];
  });
  const more = total > rows.length ? h('p', { class: 'empty' }, 'and ' + count(total - rows.length) + ' more: narrow the filter to see them') : null;
  return h('div', { class: 'panel' }, h('table', {}, h('thead', {}, h('tr', {}, columns.map(headOf))), h('tbody', {}, body)), more);
}

function plainTable(titles, rows) {
  if (rows.length === 0) return h('p', { class: 'zero' }, 'none');
  return h('table', {}, h('thead', {}, h('tr', {}, titles.map((title) => h('th', { scope: 'col' }, title)))), h('tbody', {}, rows.map((row) => h('tr', {}, row.map((cell) => h('td', {}, cell))))));
}

function bar(title, total) {
  const input = byId('filter') || h('input', { id: 'filter', type: 'search', placeholder: 'Filter by name', 'aria-label': 'Filter by name', oninput: (event) => { state.filter = event.target.value; later(150); } });
  return h('div', { class: 'bar' }, h('h2', {}, title, ' ', h('small', {}, count(total))), input);
}

/* A list that the API sorts and cuts into pages. */
async function page(path) {
  const query = new URLSearchParams({ page: '1', page_size: String(MOST_ROWS) });
  if (state.filter) query.set('name', state.filter);
  if (state.sort) { query.set('sort', state.sort); query.set('sort_reverse', String(state.reverse)); }
  return await ask(path + '?' + query);
}

/* The button that opens a row, whose key stays open from one refresh to the next. */
function opener(name, key) {
  const toggle = () => { if (!state.open.delete(key)) state.open.add(key); refresh(); };
  return h('span', { class: 'name', title: name }, h('button', { onclick: toggle, 'aria-expanded': String(state.open.has(key)) }, name || '(default)'));
}

// ---- views

function spark(name, value) {
  const values = (state.history[name] = [...(state.history[name] || []), value].slice(-HISTORY));
  const most = Math.max(...values, 1);
  const first = HISTORY - values.length;
  const points = values.map((entry, i) => (((first + i) * 100) / (HISTORY - 1)).toFixed(1) + ',' + (30 - (28 * entry) / most).toFixed(1)).join(' ');
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 100 32');
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'polyline');
  line.setAttribute('points', points);
  svg.append(line);
  return svg;
}

const tile = (title, value, small, graph) => h('dl', { class: 'tile' }, h('dt', {}, title), h('dd', {}, value, small ? h('small', {}, ' ' + small) : null), graph || null);

async function overview() {
  const seen = await ask('overview');
  const nodes = await ask('nodes').catch(() => []);
  const totals = seen.queue_totals || {};
  const stats = seen.message_stats || {};
  const flows = [['Published', 'publish'], ['Delivered', 'deliver_get'], ['Acknowledged', 'ack'], ['Unroutable', 'drop_unroutable']];
  const objects = seen.object_totals || {};
  const node = nodes[0];
  return [
    h('section', {}, h('h2', {}, 'Messages in queues'), h('div', { class: 'tiles' },
      tile('Ready', count(totals.messages_ready), '', spark('ready', totals.messages_ready || 0)),
      tile('Unacknowledged', count(totals.messages_unacknowledged), '', spark('unacked', totals.messages_unacknowledged || 0)),
      tile('Total', count(totals.messages), '', spark('total', totals.messages || 0)))),
    h('section', {}, h('h2', {}, 'Messages a second'), h('div', { class: 'tiles' }, flows.map(([title, name]) =>
      tile(title, perSecond(rate(stats, name)), count(stats[name]) + ' in all', spark('rate ' + name, rate(stats, name)))))),
    h('section', {}, h('h2', {}, 'There are'), h('div', { class: 'tiles' }, ['connections', 'channels', 'exchanges', 'queues', 'consumers'].map((name) =>
      tile(name[0].toUpperCase() + name.slice(1), count(objects[name]))))),
    node ? h('section', {}, h('h2', {}, 'Node ', h('small', {}, node.name)), h('div', { class: 'tiles' },
      tile('Memory of the process', bytes(node.mem_used), node.mem_alarm ? 'alarm: publishers wait' : ''),
      tile('Messages may take', bytes(node.mem_limit)),
      tile('Disk free', bytes(node.disk_free), node.disk_free_alarm ? 'alarm: publishers wait' : ''),
      tile('File descriptors', count(node.fd_used), 'of ' + count(node.fd_total)),
      tile('Up for', ago(node.uptime)))) : null,
    h('section', {}, h('h2', {}, 'Listeners'), h('div', { class: 'panel' }, plainTable(['Protocol', 'Address', 'Port'], (seen.listeners || []).map((each) => [each.protocol, each.ip_address, String(each.port)])))),
  ];
}

async function connections() {
  const found = await page(state.vhost === '' ? 'connections' : 'vhosts/' + encodeURIComponent(state.vhost) + '/connections');
  const columns = [
    text('Name', 'name', (row) => h('span', { class: 'name', title: row.name }, row.name)),
    text('Called', 'user_provided_name', (row) => row.user_provided_name || (row.client_properties || {}).product || ''),
    text('Virtual host', 'vhost'), text('User', 'user'), text('State', 'state'),
    text('TLS', 'ssl', (row) => (row.ssl ? 'yes' : 'no')),
    number('Channels', 'channels'),
    number('From client', 'recv_oct_details.rate', (row) => bytes(rate(row, 'recv_oct')) + '/s'),
    number('To client', 'send_oct_details.rate', (row) => bytes(rate(row, 'send_oct')) + '/s'),
    number('For', 'connected_at', (row) => ago(Date.now() - row.connected_at)),
  ];
  return [bar('Connections', found.filtered_count), table(columns, found.items, found.filtered_count)];
}

async function channels() {
  const found = await page(state.vhost === '' ? 'channels' : 'vhosts/' + encodeURIComponent(state.vhost) + '/channels');
  const mode = (row) => [row.confirm && tag('confirm', 'Publisher confirms'), row.transactional && tag('tx', 'Transactional')].filter(Boolean);
  const columns = [
    text('Channel', 'name', (row) => h('span', { class: 'name', title: row.name }, row.name)),
    text('Virtual host', 'vhost'), text('User', 'user'), text('Mode', 'confirm', mode),
    number('Consumers', 'consumer_count'), number('Prefetch', 'prefetch_count'),
    number('Unacked', 'messages_unacknowledged', undefined, 'unacked'), number('Unconfirmed', 'messages_unconfirmed'),
    flow('Publish', 'publish'), flow('Confirm', 'confirm'), flow('Deliver', 'deliver_get'), flow('Ack', 'ack'),
  ];
  return [bar('Channels', found.filtered_count), table(columns, found.items, found.filtered_count)];
}

const durability = (row) => [row.durable && tag('D', 'Durable'), row.auto_delete && tag('AD', 'Auto-delete'), row.exclusive && tag('Excl', 'Exclusive'), row.internal && tag('I', 'Internal'),
  Object.keys(row.arguments || {}).length > 0 && tag('Args', shortJson(row.arguments)), row.policy && tag(row.policy, 'Policy', 'policy')].filter(Boolean);

async function exchanges() {
  const found = await page(inVhost('exchanges'));
  const rows = await Promise.all(found.items.map(async (row) => {
    const key = 'exchange ' + row.vhost + ' ' + row.name;
    if (!state.open.has(key)) return { ...row, key };
    const path = 'exchanges/' + encodeURIComponent(row.vhost) + '/' + encodeURIComponent(row.name || 'amq.default') + '/bindings/source';
    return { ...row, key, detail: [h('h3', {}, 'Bindings from it'), bindingTable(await ask(path).catch(() => []))] };
  }));
  const columns = [
    text('Name', 'name', (row) => opener(row.name, row.key)), text('Virtual host', 'vhost'), text('Type', 'type'), text('Features', 'durable', durability),
    flow('In', 'publish_in'), flow('Out', 'publish_out'),
  ];
  return [bar('Exchanges', found.filtered_count), table(columns, rows, found.filtered_count)];
}

async function queues() {
  const found = await page(inVhost('queues'));
  const rows = await Promise.all(found.items.map(async (row) => {
    const key = 'queue ' + row.vhost + ' ' + row.name;
    return state.open.has(key) ? { ...row, key, detail: await queueDetail(row).catch(() => null) } : { ...row, key };
  }));
  const columns = [
    text('Name', 'name', (row) => opener(row.name, row.key)), text('Virtual host', 'vhost'), text('Type', 'type'), text('Features', 'durable', durability),
    number('Ready', 'messages_ready', undefined, 'ready'), number('Unacked', 'messages_unacknowledged', undefined, 'unacked'), number('Total', 'messages'),
    number('Bytes', 'message_bytes', (row) => (row.message_bytes === undefined ? '' : bytes(row.message_bytes))), number('Consumers', 'consumers'),
    flow('Incoming', 'publish'), flow('Deliver', 'deliver_get'), flow('Ack', 'ack'),
  ];
  return [bar('Queues', found.filtered_count), table(columns, rows, found.filtered_count)];
}

async function queueDetail(row) {
  const path = 'queues/' + encodeURIComponent(row.vhost) + '/' + encodeURIComponent(row.name);
  const [queue, bindings] = await Promise.all([ask(path), ask(path + '/bindings')]);
  const consumers = queue.consumer_details.map((each) => [
    h('code', {}, each.consumer_tag), each.channel_details.name, each.ack_required ? 'acknowledges' : 'automatic', String(each.prefetch_count || 'no limit'),
    [each.exclusive && tag('exclusive'), tag(each.activity_status)].filter(Boolean), h('code', {}, shortJson(each.arguments)),
  ]);
  const facts = shortJson(queue.arguments);
  return [
    facts ? [h('h3', {}, 'Arguments'), h('p', {}, h('code', {}, facts))] : null,
    queue.policy || queue.operator_policy ? [h('h3', {}, 'Policy'), h('p', {}, [queue.policy, queue.operator_policy].filter(Boolean).join(', '), ' ', h('code', {}, shortJson(queue.effective_policy_definition)))] : null,
    h('h3', {}, 'Consumers'), plainTable(['Tag', 'Channel', 'Mode', 'Prefetch', 'State', 'Arguments'], consumers),
    h('h3', {}, 'Bindings to it'), bindingTable(bindings),
  ];
}

const bindingTable = (rows) => plainTable(['From', 'Routing key', 'To', 'Arguments'], rows.slice(0, MOST_ROWS).map((row) => [row.source || '(default exchange)', h('code', {}, row.routing_key), row.destination_type + ' ' + row.destination, h('code', {}, shortJson(row.arguments))]));

async function bindings() {
  const all = await ask(inVhost('bindings'));
  const wanted = state.filter.toLowerCase();
  const rows = all.filter((row) => (row.source + ' ' + row.destination + ' ' + row.routing_key).toLowerCase().includes(wanted));
  if (state.sort) rows.sort((a, b) => String(a[state.sort] ?? '').localeCompare(String(b[state.sort] ?? '')) * (state.reverse ? -1 : 1));
  const columns = [
    text('From', 'source', (row) => row.source || '(default exchange)'), text('Virtual host', 'vhost'), text('Routing key', 'routing_key', (row) => h('code', {}, row.routing_key)),
    text('To', 'destination'), text('Kind', 'destination_type'), text('Arguments', 'properties_key', (row) => h('code', {}, shortJson(row.arguments))),
  ];
  return [bar('Bindings', rows.length), table(columns, rows.slice(0, MOST_ROWS), rows.length)];
}

const VIEWS = { overview, connections, channels, exchanges, queues, bindings };

// ---- going on

async function refresh() {
  clearTimeout(state.timer);
  const turn = ++state.turn;
  const status = byId('status');
  try {
    const content = await VIEWS[state.view]();
    if (turn !== state.turn) return;
    replace(content.filter(Boolean));
    await frame();
    status.className = '';
    status.textContent = 'As of ' + new Date().toLocaleTimeString() + ', again every ' + PERIOD_MS / 1000 + ' s';
  } catch (error) {
    if (turn !== state.turn) return;
    status.className = 'bad';
    status.textContent = error instanceof TypeError ? 'The broker does not answer.' : error.message;
  }
  if (turn === state.turn) later(PERIOD_MS);
}

/* What the reader is typing into and where the reader has scrolled to stay. */
function replace(content) {
  const focused = document.activeElement && document.activeElement.id;
  const scrolled = [...document.querySelectorAll('.panel')].map((panel) => panel.scrollLeft);
  byId('view').replaceChildren(...content);
  if (focused) byId(focused)?.focus();
  document.querySelectorAll('.panel').forEach((panel, i) => { panel.scrollLeft = scrolled[i] || 0; });
}

/* Who looks, at what, and which virtual hosts there are. */
async function frame() {
  if (byId('about').textContent === '') {
    const [me, seen] = await Promise.all([ask('whoami'), ask('overview?columns=product_version,rabbitmq_version,cluster_name')]);
    byId('about').textContent = seen.product_version + ' · ' + seen.cluster_name + ' · speaks RabbitMQ ' + seen.rabbitmq_version;
    byId('who').textContent = me.name + ' (' + me.tags.join(', ') + ')';
  }
  const names = (await ask('vhosts?columns=name')).map(({ name }) => name);
  const select = byId('vhost');
  if ([...select.options].slice(1).map(({ value }) => value).join('\0') === names.join('\0')) return;
  select.replaceChildren(h('option', { value: '' }, 'All'), ...names.map((name) => h('option', { value: name, selected: name === state.vhost }, name)));
}

function later(ms) {
  clearTimeout(state.timer);
  state.timer = setTimeout(() => (document.hidden ? later(PERIOD_MS) : refresh()), ms);
}

function navigate() {
  const view = location.hash.slice(2);
  state.view = view in VIEWS ? view : 'overview';
  state.filter = state.sort = '';
  state.reverse = false;
  byId('view').replaceChildren();
  byId('tabs').replaceChildren(...Object.keys(VIEWS).map((name) => h('a', { href: '#/' + name, 'aria-current': name === state.view && 'page' }, name[0].toUpperCase() + name.slice(1))));
  refresh();
}

byId('vhost').addEventListener('change', (event) => { state.vhost = event.target.value; refresh(); });
addEventListener('hashchange', navigate);
document.addEventListener('visibilitychange', () => { if (!document.hidden) refresh(); });
navigate();
`;
