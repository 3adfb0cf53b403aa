// NServiceBus says in headers what the body is (docs.particular.net, "Message Headers"): the types, without the names and
// versions of their assemblies, stand beside the message.

import { type BodyValue, DecodeError, defineDecoder, textHeader } from '../decoder.ts';

const TYPES = 'NServiceBus.EnclosedMessageTypes';
const INTENT = 'NServiceBus.MessageIntent';
const CONTENT_TYPE = 'NServiceBus.ContentType';

export const nServiceBus = defineDecoder({
  id: 'nservicebus',
  title: 'NServiceBus',
  summary: 'NServiceBus messages: enclosed types and intent from the headers, and the message',
  sort: 'envelope',
  contentTypes: [],
  recognised: `header \`${TYPES}\``,
  recognise: (_, { properties, truncated }) => !truncated && textHeader(properties, TYPES) !== undefined,
  decode(bytes, { properties, contentType, inner: decodeInner }) {
    const types = (textHeader(properties, TYPES) ?? '').split(';').map(typeName);
    const named = contentType === undefined ? textHeader(properties, CONTENT_TYPE) : undefined;
    const inner = decodeInner(bytes, named === undefined ? undefined : { contentType: named });
    if (inner.kind === 'hex' && bytes.length > 0) throw new DecodeError('has a body that is neither text nor a value');
    const message: BodyValue = inner.kind === 'value' ? inner.value : (inner.text ?? null);
    const intent = textHeader(properties, INTENT);
    return { kind: 'value', value: { types, ...(intent !== undefined && { intent }), message }, inner };
  },
});

/** `Shop.OrderPlaced, Shop.Messages, Version=1.0.0.0, …` is Shop.OrderPlaced. */
function typeName(text: string): string {
  const comma = text.indexOf(',');
  return (comma < 0 ? text : text.slice(0, comma)).trim();
}
