// MassTransit's JSON envelope (masstransit.io, "Interoperability"): what was sent, and of which types it is, come first.

import { DecodeError, defineDecoder, recordOf } from '../decoder.ts';

const CONTENT_TYPE = 'application/vnd.masstransit+json';

export const massTransit = defineDecoder({
  id: 'masstransit',
  title: 'MassTransit',
  summary: 'MassTransit envelopes: message types, message, headers and addresses',
  sort: 'envelope',
  contentTypes: [CONTENT_TYPE],
  recognised: `content-type ${CONTENT_TYPE}`,
  recognise: (_, { contentType, truncated }) => !truncated && contentType?.type === CONTENT_TYPE,
  decode(bytes, { inner: decodeInner }) {
    const inner = decodeInner(bytes);
    const envelope = recordOf(inner.value);
    if (!envelope || !('message' in envelope) || !Array.isArray(envelope['messageType'])) {
      throw new DecodeError('lacks message and messageType');
    }
    const { messageType, message, host, ...rest } = envelope;
    const said = Object.entries({ messageType, message, ...rest, host }).filter(
      ([, value]) => value !== null && value !== undefined,
    );
    return { kind: 'value', value: Object.fromEntries(said), inner };
  },
});
